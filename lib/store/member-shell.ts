import { SENTINEL_PORT } from './redis-server';
import { CERTIFICATE } from './server-certificate';

/** What the sentinels call the primary of a replicated store. */
export const PRIMARY_NAME = 'queue';

/** Where a member keeps its data, and its sentinel what it knows. */
export const DATA_DIRECTORY = '/data';

/** The variables of both containers of a member: its own host name, and those of all members. */
export const MEMBER_ENV = { self: 'STORE_MEMBER', all: 'STORE_MEMBERS' } as const;

/**
 * By which certificate `redis-cli` knows whom it has connected to: within the pod, it may have expired before the one that is
 * loaded next.
 */
const TRUST = `\
  case $host in
    127.0.0.1) trust=--insecure ;;
    *) trust='--cacert ${CERTIFICATE.authorities}' ;;
  esac
`;

/**
 * What the scripts of a member begin with, for the POSIX shells of the images (dash, busybox) and `redis-cli`.
 *
 * A member without data answers no PING (its user may not), which is how others tell it from one with data, and why no
 * sentinel lets it be a primary.
 */
export const memberShell = (isTls: boolean) => `\
set -u
umask 077
cd ${DATA_DIRECTORY}
first=\${${MEMBER_ENV.all}%% *} others=
for member in $${MEMBER_ENV.all}; do
  [ "$member" = "$${MEMBER_ENV.self}" ] || others="$others $member"
done

say() { echo "$*"; }
now() { date +%s; }
# In double quotes of a configuration, line breaks too, which a Secret may end with.
quoted() { printf '%s.' "\${REDISCLI_AUTH-}" | sed 's/[\\\\"]/\\\\&/g; $!s/$/\\\\n/; $s/\\.$//' | tr -d '\\n'; }

# cli HOST PORT ARGUMENT...: one command, which may take 3 s.
cli() {
  host=$1 port=$2
  shift 2
${isTls ? TRUST : ''}\
  timeout 3 redis-cli -h "$host" -p "$port" ${isTls ? '--tls $trust ' : ''}"$@" 2>&1 </dev/null
}
here() { cli 127.0.0.1 6379 "$@"; }
sentinel_of() { host=$1; shift; cli "$host" ${SENTINEL_PORT} SENTINEL "$@"; }

# Whom the sentinels of the other members name as the primary, in $named: what the one with the highest epoch says.
# $answers is how many name one.
ask_sentinels() {
  named= answers=0 epoch=-1
  for member in $others; do
    view=$(sentinel_of "$member" MASTER ${PRIMARY_NAME})
    its_primary=$(printf '%s\\n' "$view" | sed -n '/^ip$/{n;p;}')
    its_epoch=$(printf '%s\\n' "$view" | sed -n '/^config-epoch$/{n;p;}')
    [ "$its_primary" ] && [ "$its_epoch" ] || continue
    answers=$((answers + 1))
    [ "$its_epoch" -le "$epoch" ] || named=$its_primary epoch=$its_epoch
  done
}

# What the members say of themselves: $acting is a primary, $holder the first one with data, $silent how many say nothing.
ask_members() {
  acting= holder= silent=0
  for member in $${MEMBER_ENV.all}; do
    case $(cli "$member" 6379 ROLE) in
      master*) acting=$member ;;
      slave*)
        case $(cli "$member" 6379 PING) in
          PONG) holder=\${holder:-$member} ;;
          NOPERM*) ;;
          *) silent=$((silent + 1)) ;;
        esac
        ;;
      *) silent=$((silent + 1)) ;;
    esac
  done
}
`;
