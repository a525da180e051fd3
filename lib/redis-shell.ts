import { isIP } from 'node:net';
import { DEFAULTS, ENV, EXIT } from '../worker/contract';
import type { RedisStore } from './redis-store';

/**
 * The shell functions that the scripts of the fill and the gate begin with. They run in the Redis image, so there is a
 * POSIX shell (dash, busybox) and `redis-cli` from 6.2 on, and nothing else.
 *
 * `--no-raw` tells an error reply, `(error) …`, from a string that looks like one, which the exit status does not.
 */
export function redisShell(store: RedisStore): string {
  const sni = store.tls && isIP(store.host) === 0 ? ` --sni ${store.host}` : '';
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
# redis ARGUMENT...: one command. Its answer is in $reply, or why there is none; then it fails. All lines: $output.
redis() {
  output=$(timeout 60 redis-cli -u "$${ENV.redisUrl}"${sni} \${${ENV.redisUsername}:+--user "$${ENV.redisUsername}"} --no-raw "$@" 2>&1)
  reply=\${output##*"$newline"}
  case $reply in
    '(error) NOAUTH'* | '(error) WRONGPASS'* | '(error) NOPERM'* | '(error) MOVED'*)
      end ${EXIT.configuration} "Redis refuses this client: $output" ;;
    '(error) LOADING'* | '(error) MASTERDOWN'* | '(error) READONLY'* | '(error) BUSY'* | '(error) CLUSTERDOWN'* | \\
    '(error) OOM'* | '(error) MISCONF'* | '(error) UNKILLABLE'* | '(error) NOREPLICAS'* | '(error) TRYAGAIN'*)
      return 1 ;;
    '(error) '* | '(integer) '* | '2) (integer) '* | '"'*)
      answered=$(now)
      silent= ;;
    *)
      return 1 ;;
  esac
}

# Waits a second after a command without an answer, but not for ever.
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
