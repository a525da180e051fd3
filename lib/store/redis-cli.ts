import { ENV } from '../../worker/contract';
import { reachOf } from './redis-reach';
import type { RedisStore } from './redis-store';

/** A certificate is for a name; a node that is told by its IP address has one for the name that came before. */
const SERVER_NAME = `
  case $host in
    *:*) ;;
    *[!0-9.]*) sni=\${host%.} ;;
  esac`;

/** The file may hold another password by now. */
const NEW_PASSWORD = `[ -z "\${${ENV.redisPasswordFile}-}" ] || export REDISCLI_AUTH="$(cat "$${ENV.redisPasswordFile}")"`;

/**
 * The shell functions `at`, which says where Redis is, and `cli`, which runs `redis-cli` there.
 *
 * `--no-raw` tells an error reply, `(error) …`, from a string that looks like one, which the exit status does not.
 */
export function cliFunction(store: RedisStore): string {
  const { tls } = store;
  const reach = reachOf(store);
  // Naming a file takes the place of what redis-cli trusts anyway; naming the folder as well does not.
  const trust = `\${${ENV.redisCaFile}:+--cacert "$${ENV.redisCaFile}" --cacertdir /etc/ssl/certs}`;
  const certificate = `\${${ENV.redisCertFile}:+--cert "$${ENV.redisCertFile}"} \${${ENV.redisKeyFile}:+--key "$${ENV.redisKeyFile}"}`;
  const user = `\${${ENV.redisUsername}:+--user "$${ENV.redisUsername}"}`;
  const options = tls ? `\\\n    \${sni:+--sni "$sni"} ${trust} \\\n    ${certificate} ${user}` : user;
  const run = `timeout "$bound" redis-cli -u "$url" -h "$host" -p "$port" ${options} --no-raw "$@" 2>&1`;
  const output = reach === 'address' ? run : `\n    ${NEW_PASSWORD}\n    ${run}\n  `;
  return `\
# The address, taken apart. redis-cli reads no IPv6 address out of a URL, and Kubernetes puts one into it without brackets.
nodes=\${${ENV.redisUrl}#*://} login=
case $nodes in
  *@*) login=\${nodes%@*}@ nodes=\${nodes##*@} ;;
esac
database=\${nodes#"\${nodes%%/*}"} database=\${database#/} nodes=\${nodes%%/*}
${reach === 'sentinel' ? `primary=\${database%%/*} database=\${database#"$primary"} database=\${database#/}\n` : ''}\
url=\${${ENV.redisUrl}%%[+:]*}://\${login#:}/$database${tls ? ' sni=' : ''}

# at NODE [PORT]: goes there; the port is for a node that names none.
at() {
  host=$1 port=\${2:-6379}
  case $1 in
    *\\]) ;;
    *:*) host=\${1%:*} port=\${1##*:} ;;
  esac
  host=\${host#\\[} host=\${host%\\]}${tls ? SERVER_NAME : ''}
}

# cli SECONDS ARGUMENT...: runs redis-cli for so long at most. What it says is in $output, the last line of it, which is the
# answer to its last command, in $reply.
cli() {
  bound=$1
  shift
  ran_out=
  output=$(${output})
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
`;
}
