import { MEMBER_RENEWAL } from './member-renewal';
import { MEMBER_ENV, memberShell, PRIMARY_NAME } from './member-shell';

/** How long a member that has to go waits for another one to take over. */
const HANDOVER_SECONDS = 30;

/** How long a pod of a replicated store has to end: for the handover, and to write what is left. */
export const MEMBER_GRACE_SECONDS = 60;

/** A certificate that is renewed is loaded while the server runs. */
const RENEW = `\
while renewed "$server"; do
  loaded=$found
  say 'The renewed certificate is loaded.'
done &
`;

/** How often members with data ask for the primary that their sentinels kept, with a second and more in between. */
const PATIENCE = 60;

/**
 * The container `redis` of a member: starts the server as a replica of nobody, finds out whom to follow, and hands over to
 * another member before it ends. The arguments are those of the server.
 *
 * A server that starts as a replica gives nobody its data, so a primary that comes back empty empties no other. The file
 * `joined` says that what is on the volume is data of the store.
 */
export const memberScript = (isTls: boolean) => `\
${memberShell(isTls)}${isTls ? MEMBER_RENEWAL : ''}
# Fewer than half of the members, which with this one's own sentinel are the most.
needed=$(set -- $others; echo $(($# / 2)))

lead() { say 'This member becomes the primary.'; here REPLICAOF NO ONE >/dev/null; }
follow() { say "This member follows $1."; here REPLICAOF "$1" 6379 >/dev/null; }
once() { [ "$said" = "$*" ] || say "$*"; said=$*; }
said= patience=${PATIENCE}

# decide HOST: makes this member, which follows HOST now, the primary or the replica of another one, or neither as yet.
decide() {
  ask_sentinels
  ask_members
  if [ "$answers" -gt 0 ] && [ "$answers" -lt "$needed" ]; then
    once 'Waiting for the sentinels of more members.'
  elif [ "$named" = "$${MEMBER_ENV.self}" ]; then
    # What is empty must not lead those that have data: it answers no PING, so the sentinels choose another.
    if [ "$synced" ] || [ "$silent$holder$acting" = 0 ]; then lead; else once 'Empty. Waiting for another primary.'; fi
  elif [ "\${named:-$acting}" ]; then
    [ "$1" = "\${named:-$acting}" ] || follow "\${named:-$acting}"
  elif [ "$silent" -gt 0 ]; then
    # The first start, or all were lost at once: who is not there may be the one that has the data.
    once 'No member knows a primary. Waiting until all members are there.'
  elif [ "$holder" ] && [ "$patience" -gt 0 ]; then
    # They kept who was the primary. The first one with data may lack its last writes.
    patience=$((patience - 1))
    once 'Waiting for the sentinels to name the primary.'
  elif [ "\${holder:-$first}" = "$${MEMBER_ENV.self}" ]; then
    lead
  fi
}

# Whether this member has the data of the store, on its volume too. $synced is whether it has it at all.
has_joined() {
  set -- $(here ROLE)
  case \${1-}:\${4-} in
    master:* | slave:connected)
      here ACL SETUSER default +ping >/dev/null
      synced=yes
      case $(here INFO persistence) in
        *aof_rewrite_in_progress:0*aof_rewrite_scheduled:0*) : >joined ;;
        *) return 1 ;;
      esac
      ;;
    slave:*)
      # A replica with data that has been told whom to follow is the sentinels' to lead.
      [ "$synced" ] && [ "$3" != 1 ] || decide "$2"
      return 1
      ;;
    *) return 1 ;;
  esac
}

replicas_have_all() {
  info=$(here INFO replication)
  offset=$(printf '%s\\n' "$info" | sed -n 's/^master_repl_offset:\\([0-9]*\\).*/\\1/p')
  [ "$(printf '%s\\n' "$info" | grep -c '^slave[0-9]')" = "$(printf '%s\\n' "$info" | grep -c "^slave.*,offset=$offset,")" ]
}

# Lets a replica take over once it has everything, and waits until the sentinels name it.
hand_over() {
  say 'Handing over.'
  until=$(($(now) + ${HANDOVER_SECONDS}))
  here CLIENT PAUSE ${(HANDOVER_SECONDS + 10) * 1000} WRITE >/dev/null
  until replicas_have_all || [ $(($(now) + 25)) -ge "$until" ]; do sleep 1; done
  while [ "$(now)" -lt "$until" ]; do
    heard=
    for member in $others; do
      case $(sentinel_of "$member" FAILOVER ${PRIMARY_NAME}) in
        OK | *INPROG*) heard=yes && break ;;
        *NOGOODSLAVE*) heard=yes ;;
      esac
    done
    [ "$heard" ] || break
    sleep 1
    ask_sentinels
    [ "$named" = "$${MEMBER_ENV.self}" ] || { say "Handed over to $named." && return; }
  done
  say 'No other member takes over.'
}

leave() {
  trap '' TERM INT
  case $(here ROLE) in master*) hand_over ;; esac
  # A server that has just become a replica may have to write its file anew, and forgets that it was to end.
  while kill "$server" 2>/dev/null; do sleep 1; done
  wait "$server"
  exit $?
}
trap leave TERM INT

if [ "\${REDISCLI_AUTH+is}" ]; then
  [ "$REDISCLI_AUTH" ] || { say 'The password in the Secret is empty.'; exit 1; }
  secret="#$(printf %s "$REDISCLI_AUTH" | sha256sum | cut -d ' ' -f 1)"
fi
synced= ping=-ping
[ ! -e joined ] || synced=yes ping=
${isTls ? 'loaded=$(fingerprint)\n' : ''}\
redis-server - "$@" <<CONFIG &
replicaof 127.0.0.1 1
replica-announce-ip $${MEMBER_ENV.self}
replica-announce-port 6379
masterauth "$(quoted)"
user default on \${secret-nopass} ~* &* +@all $ping
CONFIG
server=$!
until has_joined; do sleep 1; done &
${isTls ? RENEW : ''}\

code=0
while kill -0 "$server" 2>/dev/null; do
  wait "$server"
  code=$?
done
exit "$code"
`;
