import { ENV, EXIT } from '../../worker/contract';
import type { RedisStore } from './redis-store';

/** How a script finds the server that it talks to. */
type Reach = 'address' | 'cluster' | 'sentinel';

/** A store outside of the chart may be a cluster at whatever address, also behind one name. One of the chart has one server. */
export function reachOf({ url, service }: RedisStore): Reach {
  if (/^rediss?\+sentinel:/.test(url)) return 'sentinel';
  return service ? 'address' : 'cluster';
}

/**
 * The shell functions `reach`, which is called before each command, and `begin_again`, after a command without an answer.
 * They follow `cli`.
 */
export function reachFunctions(store: RedisStore): string {
  return { address: ADDRESS, cluster: CLUSTER, sentinel: SENTINEL }[reachOf(store)];
}

/** What becomes of a connection that is none, as cases of `$reply` or of `$output`. */
const NOT_CONNECTED = `\
    *'certificate verify failed'*)
      [ "$welcome" ] || end ${EXIT.configuration} "No authority that is trusted here signed the certificate of Redis at" \\
        "$${ENV.redisUrl}. Give the one that did as certificateAuthorities of the store: $reply"
      return 1
      ;;
    *)
      [ -z "$ran_out" ] || reply='no connection within 5 s'
      return 1
      ;;`;

const ADDRESS = `\
# Whether Redis answers. A first packet that is lost costs 5 s, and then another connection is tried; what is sent may take
# longer.
reach() {
  cli 5 PING </dev/null
  case $reply in
    PONG | '(error) '*) ;;
${NOT_CONNECTED}
  esac
}
at "$nodes"
`;

/** redis-cli goes on in database 0 where it may not use the other. */
const SELECTED = `\
  case $output in
    *'SELECT '*' failed: NOAUTH'* | *'SELECT '*' failed: ERR max number of clients'*) ;;
    *'SELECT '*' failed: '*)
      [ "$welcome" ] || end ${EXIT.configuration} "Redis refuses the database that $${ENV.redisUrl} names: $output"
      return 1
      ;;
  esac`;

const CLUSTER = `\
# Whether the node answers. A first packet that is lost costs 5 s, and then another connection is tried; what is sent may take
# longer.
greet() {
  cli 5 EXISTS "$${ENV.queue}" </dev/null
${SELECTED}
  case $reply in
    '(error) MOVED '*) return 1 ;;
    '(integer) '* | '(error) '*) ;;
${NOT_CONNECTED}
  esac
}

# Finds the node of a cluster that has the queue. The others name it, and each of them may be asked.
reach() {
  first=$nodes hops=0
  until greet; do
    case $reply in
      # A node whose name is not known.
      '(error) MOVED '*' ?:'*) ;;
      '(error) MOVED '*)
        case $reply in
          # The host is that of the node that says so.
          *' :'*) port=\${reply##*:} ;;
          *) at "\${reply##* }" ;;
        esac
        hops=$((hops + 1))
        [ "$hops" -gt 3 ] || continue
        ;;
    esac
    begin_again
    hops=0
    [ "$nodes" != "$first" ] || return 1
  done
}

# Goes on to the next of the nodes that were given.
begin_again() {
  nodes=\${nodes#*,}\${nodes%%,*},
  at "\${nodes%%,*}"
}
nodes=$nodes,
at "\${nodes%%,*}"
`;

const SENTINEL = `\
# Asks a sentinel for the primary. User and password of Redis are none of its business: it has its own.
ask_sentinel() (
  at "$1" 26379
  unset REDISCLI_AUTH
  url=\${url%%:*}://
  ${ENV.redisUsername}=\${${ENV.redisSentinelUsername}-} ${ENV.redisPasswordFile}=\${${ENV.redisSentinelPasswordFile}-}
  [ -z "\${${ENV.redisSentinelPassword}-}" ] || export REDISCLI_AUTH="$${ENV.redisSentinelPassword}"
  cli 5 SENTINEL GET-MASTER-ADDR-BY-NAME "$primary" </dev/null
  printf '%s\\n' "$output"
)

# Asks the sentinels in turn, beginning with the one that answered last.
find_primary() {
  first=$nodes refusal=
  while :; do
    sentinel=\${nodes%%,*}
    output=$(ask_sentinel "$sentinel") reply=\${output##*"$newline"}
    case $output in
      *'1) "'*'2) "'*)
        host=\${output#*'1) "'} port=\${reply#*\\"}
        at "\${host%%\\"*}:\${port%\\"}"
        return
        ;;
      *'(nil)')
        refusal="The sentinel at $sentinel knows no primary named $primary: compare \\
primaryName of the store with what SENTINEL MASTERS lists there." ;;
      *'(error) ERR max number of clients'*) ;;
      *'certificate verify failed'*)
        refusal="No authority that is trusted here signed the certificate of the sentinel at $sentinel. Give the one \\
that did as certificateAuthorities of the store: $reply" ;;
      *'(error) '*)
        refusal="The sentinel at $sentinel refuses this client: $output" ;;
    esac
    nodes=\${nodes#*,}$sentinel,
    [ "$nodes" != "$first" ] || break
  done
  [ "$welcome" ] || [ -z "$refusal" ] || end ${EXIT.configuration} "$refusal"
  reply=\${refusal:-$reply}
  return 1
}

# Whether this is the primary. A first packet that is lost costs 5 s, and then another connection is tried; what is sent may
# take longer.
greet() {
  cli 5 ROLE </dev/null
${SELECTED}
  case $output in
    *'1) "master"'* | *'(error) '*) ;;
    *'1) "'*) reply="$host:$port is no primary" && return 1 ;;
${NOT_CONNECTED}
  esac
}

# Finds the primary.
reach() {
  [ -z "$host" ] || ! greet || return 0
  find_primary || return 1
  greet && return
  # The next sentinel may know better.
  nodes=\${nodes#*,}$sentinel,
  return 1
}
begin_again() { host=; }
nodes=$nodes, host=
`;
