import { MEMBER_RENEWAL, SENTINEL_RENEWAL } from './member-renewal';
import { DATA_DIRECTORY, MEMBER_ENV, memberShell, PRIMARY_NAME } from './member-shell';
import { SENTINEL_PORT } from './redis-server';
import { CONNECTING_BY_TLS, listeningByTls } from './server-certificate';

/**
 * Beyond this, the primary counts as lost. A primary that is cut off from its replicas for as long takes no writes
 * (`min-replicas-max-lag`), so that two primaries never take them at once.
 */
export const DOWN_AFTER_SECONDS = 5;

/** After twice as long, a failover that did not succeed is tried again. */
const FAILOVER_TIMEOUT_SECONDS = 15;

const listening = (isTls: boolean) =>
  isTls
    ? [...listeningByTls(SENTINEL_PORT), ...CONNECTING_BY_TLS].map((words) => words.join(' ')).join('\n')
    : `port ${SENTINEL_PORT}`;

const RUN = `redis-server ${DATA_DIRECTORY}/sentinel.conf --sentinel "$@"`;

const SERVE = `exec ${RUN}\n`;

/**
 * A sentinel starts anew for a renewed certificate, with what it wrote last; in turn, and long before another one counts it as
 * down.
 */
const SERVE_BY_TLS = `
leave() {
  trap '' TERM INT
  kill "$sentinel" "$watch" 2>/dev/null
  wait "$sentinel"
  exit $?
}
sentinel= watch=
trap leave TERM INT
while :; do
  loaded=$(fingerprint)
  ${RUN} &
  sentinel=$!
  renewed "$sentinel" && trusted && in_turn && kill "$sentinel" &
  watch=$!
  wait "$sentinel"
  code=$?
  [ "$(fingerprint)" != "$loaded" ] || exit "$code"
  say 'The sentinel starts with the renewed certificate.'
done
`;

/**
 * The container `sentinel` of a member. Its settings are made anew at each start; of what it wrote, it keeps whom it saw as
 * the primary, and its votes.
 *
 * It knows all members from the start, each sentinel by an id that its host name makes: a pod that comes back with nothing is
 * the same sentinel to the others, and none of them ever takes a few for a majority.
 */
export const sentinelScript = (isTls: boolean) => `\
${memberShell(isTls)}${isTls ? MEMBER_RENEWAL + SENTINEL_RENEWAL : ''}
trap 'exit 143' TERM INT

kept() { [ ! -e sentinel.conf ] || sed -n "s/^sentinel $1 \\([^ ]*\\).*/\\1/p" sentinel.conf; }
id_of() { printf %s "$1" | sha1sum | cut -d ' ' -f 1; }

primary=$(kept 'monitor ${PRIMARY_NAME}')
case " $${MEMBER_ENV.all} " in
  *" $primary "*) ;;
  *) primary= ;;
esac
until [ "$primary" ]; do
  ask_sentinels
  ask_members
  primary=\${named:-$acting}
  [ "$primary" ] || sleep 1
done
say "The primary is $primary."

count=$(set -- $${MEMBER_ENV.all}; echo $#)
current=$(kept current-epoch) config=$(kept 'config-epoch ${PRIMARY_NAME}') leader=$(kept 'leader-epoch ${PRIMARY_NAME}')
{
  cat <<CONFIG
${listening(isTls)}
dir ${DATA_DIRECTORY}
protected-mode no
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $${MEMBER_ENV.self}
sentinel announce-port ${SENTINEL_PORT}
sentinel myid $(id_of "$${MEMBER_ENV.self}")
sentinel current-epoch \${current:-0}
sentinel monitor ${PRIMARY_NAME} $primary 6379 $((count / 2 + 1))
sentinel down-after-milliseconds ${PRIMARY_NAME} ${DOWN_AFTER_SECONDS * 1000}
sentinel failover-timeout ${PRIMARY_NAME} ${FAILOVER_TIMEOUT_SECONDS * 1000}
sentinel config-epoch ${PRIMARY_NAME} \${config:-0}
sentinel leader-epoch ${PRIMARY_NAME} \${leader:-0}
CONFIG
  [ -z "\${REDISCLI_AUTH-}" ] || cat <<CONFIG
requirepass "$(quoted)"
sentinel auth-pass ${PRIMARY_NAME} "$(quoted)"
CONFIG
  for member in $${MEMBER_ENV.all}; do
    [ "$member" = "$primary" ] || echo "sentinel known-replica ${PRIMARY_NAME} $member 6379"
    [ "$member" = "$${MEMBER_ENV.self}" ] || echo "sentinel known-sentinel ${PRIMARY_NAME} $member ${SENTINEL_PORT} $(id_of "$member")"
  done
} >sentinel.new
mv sentinel.new sentinel.conf
${isTls ? SERVE_BY_TLS : SERVE}`;
