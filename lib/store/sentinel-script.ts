import { DATA_DIRECTORY, MEMBER_ENV, MEMBER_SHELL, PRIMARY_NAME } from './member-shell';
import { SENTINEL_PORT } from './redis-server';

/**
 * Beyond this, the primary counts as lost. A primary that is cut off from its replicas for as long takes no writes
 * (`min-replicas-max-lag`), so that two primaries never take them at once.
 */
export const DOWN_AFTER_SECONDS = 5;

/** After twice as long, a failover that did not succeed is tried again. */
const FAILOVER_TIMEOUT_SECONDS = 15;

/**
 * The container `sentinel` of a member. Its settings are made anew at each start; of what it wrote, it keeps whom it saw as
 * the primary, and its votes.
 *
 * It knows all members from the start, each sentinel by an id that its host name makes: a pod that comes back with nothing is
 * the same sentinel to the others, and none of them ever takes a few for a majority.
 */
export const SENTINEL_SCRIPT = `\
${MEMBER_SHELL}
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
port ${SENTINEL_PORT}
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
exec redis-server ${DATA_DIRECTORY}/sentinel.conf --sentinel "$@"
`;
