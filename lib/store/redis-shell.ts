import { isIP } from 'node:net';
import { DEFAULTS, ENV, EXIT } from '../../worker/contract';
import { type KeyName, keysOf } from '../../worker/scripts/keys';
import type { RedisStore } from './redis-store';

/**
 * The shell functions that the scripts of the fill and the gate begin with. They run in the Redis image, so there is a
 * POSIX shell (dash, busybox) and `redis-cli` from 6.2 on, and nothing else.
 *
 * `--no-raw` tells an error reply, `(error) …`, from a string that looks like one, which the exit status does not.
 */
export function redisShell(store: RedisStore): string {
  const sni = store.tls && isIP(store.host) === 0 ? ` --sni ${store.host.replace(/\.$/, '')}` : '';
  // Naming a file takes the place of what redis-cli trusts anyway; naming the folder as well does not.
  const trust = ` \${${ENV.redisCaFile}:+--cacert "$${ENV.redisCaFile}" --cacertdir /etc/ssl/certs}`;
  const options = `${sni}${store.tls ? trust : ''} \${${ENV.redisUsername}:+--user "$${ENV.redisUsername}"} --no-raw`;
  const serviceLinks = store.serviceLinks
    ? `
# Kubernetes leaves a variable of a Service that does not exist yet as it is.
case $${ENV.redisUrl} in
  *'$('*) end ${EXIT.storeUnreachable} "The Service of Redis did not exist when this pod started: $${ENV.redisUrl}" ;;
esac
`
    : '';
  return `\
set -u
# As process 1, a shell ignores SIGTERM unless it is told otherwise.
trap 'exit ${EXIT.terminated}' TERM INT
store_timeout=$(((\${${ENV.storeTimeout}:-${DEFAULTS.storeTimeout}} + 999) / 1000))
newline='
'

say() { echo "$*"; }
end() { code=$1; shift; say "$*"; exit "$code"; }
now() { date +%s; }
${serviceLinks}
# redis-cli reads no IPv6 address out of a URL, and Kubernetes puts one into it without brackets.
address=\${${ENV.redisUrl}#*://}
case $address in
  *@*) port= ;;
  *:*:*)
    database=\${address#"\${address%%/*}"} database=\${database#/}
    address=\${address%%/*} port=6379
    case $address in
      \\[*\\]) ;;
      *) port=\${address##*:} address=\${address%:*} ;;
    esac
    address=\${address#\\[} address=\${address%\\]}
    tls=
    case $${ENV.redisUrl} in rediss:*) tls=--tls ;; esac
    ;;
  *) port= ;;
esac

# cli SECONDS ARGUMENT...: runs redis-cli for so long at most. What it says is in $output, the last line of it, which is the
# answer to its last command, in $reply.
cli() {
  bound=$1
  shift
  if [ "$port" ]; then
    set -- -h "$address" -p "$port" \${database:+-n "$database"} $tls "$@"
  else
    set -- -u "$${ENV.redisUrl}" "$@"
  fi
  ran_out=
  output=$(timeout "$bound" redis-cli "$@" 2>&1)
  case $? in
    # Told to stop by timeout: 124 of coreutils, 143 of older busyboxes.
    124 | 143) ran_out=yes output="no answer within $bound s" ;;
  esac
  reply=\${output##*"$newline"}
  # Fed by standard input, it adds how long the last command took, where that was half a second or more.
  case $reply in
    '('[0-9]*'s)') output=\${output%"$newline"*} reply=\${output##*"$newline"} ;;
  esac
}

# ask ARGUMENT...: one command, or those on standard input. Fails where there is no answer. An answer may be an error.
ask() {
  # A first packet that is lost costs 5 s, and then another connection is tried; what is sent may take longer.
  cli 5${options} PING </dev/null
  case $reply in
    # Whoever may not say anything is refused long commands for their length.
    '(error) NOAUTH'*) return ;;
    PONG | '(error) '*) ;;
    *'certificate verify failed'*)
      [ "$welcome" ] || end ${EXIT.configuration} "No authority that is trusted here signed the certificate of Redis at" \\
        "$${ENV.redisUrl}. Give the one that did as certificateAuthorities of the store: $reply"
      return 1
      ;;
    *)
      [ -z "$ran_out" ] || reply='no connection within 5 s'
      return 1
      ;;
  esac
  cli "$patience"${options} "$@"
  # On a slow line it takes as long as it takes, but a call that hangs ends.
  [ -z "$ran_out" ] || [ "$patience" -ge 160 ] || patience=$((patience * 2))
  case $reply in
    '(error) LOADING'* | '(error) MASTERDOWN'* | '(error) READONLY'* | '(error) BUSY'* | '(error) CLUSTERDOWN'* | \\
    '(error) OOM'* | '(error) MISCONF'* | '(error) UNKILLABLE'* | '(error) NOREPLICAS'* | '(error) TRYAGAIN'* | \\
    '(error) ASK'* | '(error) '*'access a non local key'* | \\
    '(error) ERR max number of clients'*)
      return 1 ;;
    '(error) '* | '(integer) '* | '(nil)' | '"'*'"' | [0-9]*') '*)
      answered=$(now)
      silent=
      ;;
    *)
      return 1 ;;
  esac
}
patience=10

# redis ARGUMENT...: the same, and ends where this client may not do that.
redis() {
  before=$answered quiet=$silent
  ask "$@" || return 1
  case $reply in
    '(error) NOAUTH'* | '(error) WRONGPASS'* | '(error) NOPERM'* | '(error) MOVED'* | \\
    '(error) '*'user executing the script'* | '(error) '*'ACL failure in script'*)
      [ "$welcome" ] || end ${EXIT.configuration} "Redis refuses this client: $output"
      # It was welcome before: a pod that starts now knows the new password. To this one, that is no answer.
      answered=$before silent=$quiet
      return 1
      ;;
    '(error) '*) ;;
    *) welcome=yes ;;
  esac
}
welcome=

# Waits a second after a command without an answer, but not forever.
answered=$(now)
silent=
await_redis() {
  [ "$silent" ] || say "Waiting for Redis at $${ENV.redisUrl}: \${reply:-no answer}"
  silent=yes
  [ $(($(now) - answered)) -lt "$store_timeout" ] ||
    end ${EXIT.storeUnreachable} "Redis did not answer for $store_timeout s: \${reply:-no answer}"
  sleep 1
}
`;
}

/** The keys of a script as arguments of EVAL in a shell, with their number before them; `queue` names the queue there. */
export function shellKeys(names: readonly KeyName[], queue: string): string {
  return [names.length, ...keysOf(names, queue).map((key) => `"${key}"`)].join(' ');
}
