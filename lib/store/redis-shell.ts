import { DEFAULTS, ENV, EXIT } from '../../worker/contract';
import { type KeyName, keysOf } from '../../worker/scripts/keys';
import { cliFunction } from './redis-cli';
import { reachFunctions, reachOf } from './redis-reach';
import type { RedisStore } from './redis-store';

/**
 * The shell functions that the scripts of the fill and the gate begin with. They run in the Redis image, so there is a
 * POSIX shell (dash, busybox) and `redis-cli` from 6.2 on, and nothing else.
 */
export function redisShell(store: RedisStore): string {
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
welcome=

say() { echo "$*"; }
end() { code=$1; shift; say "$*"; exit "$code"; }
now() { date +%s; }
${serviceLinks}
${cliFunction(store)}
${reachFunctions(store)}
# ask ARGUMENT...: one command, or those on standard input. Fails where there is no answer. An answer may be an error.
ask() {
  reach || return 1
  # Whoever may not say anything is refused long commands for their length.
  case $reply in '(error) NOAUTH'*) return ;; esac
  cli "$patience" "$@"
  # On a slow line it takes as long as it takes, but a call that hangs ends.
  [ -z "$ran_out" ] || [ "$patience" -ge 160 ] || patience=$((patience * 2))
  case $reply in
    '(error) LOADING'* | '(error) MASTERDOWN'* | '(error) READONLY'* | '(error) BUSY'* | '(error) CLUSTERDOWN'* | \\
    '(error) OOM'* | '(error) MISCONF'* | '(error) UNKILLABLE'* | '(error) NOREPLICAS'* | '(error) TRYAGAIN'* | \\
    '(error) ASK'* | '(error) MOVED'* | '(error) '*'access a non local key'* | \\
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
    '(error) NOAUTH'* | '(error) WRONGPASS'* | '(error) NOPERM'* | \\
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

# Waits a second after a command without an answer, but not forever.
answered=$(now)
silent=
await_redis() {
  [ "$silent" ] || say "Waiting for Redis at $${ENV.redisUrl}: \${reply:-no answer}"
  silent=yes
  [ $(($(now) - answered)) -lt "$store_timeout" ] ||
    end ${EXIT.storeUnreachable} "Redis did not answer for $store_timeout s: \${reply:-no answer}"
  ${reachOf(store) === 'address' ? '' : 'begin_again\n  '}sleep 1
}
`;
}

/** The keys of a script as arguments of EVAL in a shell, with their number before them; `queue` names the queue there. */
export function shellKeys(names: readonly KeyName[], queue: string): string {
  return [names.length, ...keysOf(names, queue).map((key) => `"${key}"`)].join(' ');
}
