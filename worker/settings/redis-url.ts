import { isIPv6 } from 'node:net';
import { ENV } from '../contract';
import { ConfigurationError } from '../errors';

/** A server, by a name or an IP address without brackets. */
export interface Node {
  readonly host: string;
  readonly port: number;
}

/** An address taken apart. `host` and `port` are those of the first of its `seeds`. */
export interface RedisUrl extends Node {
  readonly tls: boolean;
  /** Whom to ask: the server itself; nodes of a Redis Cluster; or the sentinels, where there is a `primaryName`. */
  readonly seeds: readonly [Node, ...Node[]];
  /** What the sentinels call the primary. */
  readonly primaryName?: string;
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
  /** Name that the certificate has to be for, where that is not the host. */
  readonly serverName?: string;
}

const PORT = 6379;
const SENTINEL_PORT = 26_379;
const PARTS = /^(rediss?)(\+sentinel)?:\/\/(?:(.*)@)?([^/]*)(?:\/(.*))?$/is;
const NODE = /^(\[[^[\]]*\]|[^[\]]*?)(?::(\d+))?$/s;
const ALLOWED =
  'allowed is redis://host:port or rediss://host:port (TLS), with an optional /database number; redis://host:port,host:port for nodes of a Redis Cluster; redis+sentinel://host:port,host:port/name-of-the-primary/database for sentinels, and rediss+sentinel://';

/** The address of a Redis without credentials; an IPv6 address gets its brackets. */
export function redisUrl(host: string, port: number | string = PORT): string {
  return `redis://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/**
 * Takes an address apart. A single IPv6 address may stand there without brackets, as Kubernetes joins it with its port.
 *
 * @throws ConfigurationError it is no Redis URL; the message calls it `what`, and repeats no password
 */
export function parseRedisUrl(url: string, what: string): RedisUrl {
  const [, scheme = '', sentinel = '', user, places = '', path = ''] = PARTS.exec(url.trim()) ?? [];
  const shown = JSON.stringify(withoutPassword(url));
  const reserved = [...new Set(user?.match(/[#?/]/g))];
  if (reserved.length > 0) {
    const encoded = reserved.map((character) => `${encodeURIComponent(character)} for ${character}`).join(', ');
    throw new ConfigurationError(
      `${what} is "${scheme}${sentinel}://…@${withoutPassword(url.trim()).replace(/^.*?\/\//s, '')}", and its user name or password holds ${reserved.join(' and ')}, which ends it in an address: percent-encode it (${encoded}), or give it in ${ENV.redisUsername} and ${ENV.redisPassword}`,
    );
  }
  const seeds = nodesOf(places, sentinel ? SENTINEL_PORT : PORT);
  const [name, database] = sentinel ? path.split(/\/(.*)/s) : [undefined, path];
  if (!seeds || !/^\d*$/.test(database ?? '') || /[\s?#]/.test(name ?? '')) {
    throw new ConfigurationError(`${what} is ${shown}; ${ALLOWED}`);
  }
  if (name === '') {
    throw new ConfigurationError(
      `${what} is ${shown}, which does not say which primary the sentinels watch: write its name at the end, as in redis+sentinel://host:26379/mymaster`,
    );
  }
  if (!sentinel && seeds.length > 1 && Number(database) > 0) {
    throw new ConfigurationError(
      `${what} is ${shown}, and several nodes are those of a Redis Cluster, which has database 0 only: leave /${database} out; for a primary with replicas, name its sentinels: redis+sentinel://host:26379/mymaster/${database}`,
    );
  }
  const [username, password] = (user ?? '').split(/:(.*)/s).map(decoded);
  return {
    tls: scheme.toLowerCase() === 'rediss',
    ...seeds[0],
    seeds,
    ...(name && { primaryName: decoded(name) }),
    database: Number(database || 0),
    ...(username && { username }),
    ...(password && { password }),
  };
}

/** The servers of an address, if each of them is one. */
function nodesOf(places: string, port: number): RedisUrl['seeds'] | undefined {
  const given = places.split(',');
  const [first, ...others] = given.map((place) => nodeOf(place, port));
  if (!first || !others.every((other) => other !== undefined)) return undefined;
  // Where one stops and the next begins would be a guess.
  if (others.length > 0 && given.some((place) => isIPv6(place))) return undefined;
  return [first, ...others];
}

function nodeOf(place: string, standard: number): Node | undefined {
  const [, given = '', digits] = NODE.exec(place) ?? [];
  // The last group of an address without brackets and without a port looks like one.
  const isWhole = isIPv6(place) && !isHost(given);
  const [host, port] = isWhole ? [place, standard] : [given, Number(digits ?? standard)];
  if (!isHost(host) || port < 1 || port > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, '').replace('%25', '%'), port };
}

/** A URL that may be shown to people. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/.*@/s, '//');
}

/** What a Secret made with `echo`, or by copying, adds to what it holds. */
export function strayCharacters({ username = '', password = '' }: Pick<RedisUrl, 'username' | 'password'>): string {
  const found = Object.entries({ 'user name': username, password }).flatMap(([name, value]) => {
    const places = [value !== value.trimStart() && 'begins', value !== value.trimEnd() && 'ends'].filter(Boolean);
    if (places.length === 0) return [];
    return [`the ${name} ${places.join(' and ')} with ${/[\r\n]/.test(value) ? 'a line break' : 'a space'}`];
  });
  if (found.length === 0) return '';
  return `; ${found.join(', and ')}: make the Secret with printf or echo -n, or with kubectl create secret --from-literal`;
}

function isHost(text: string): boolean {
  const bracketed = /^\[(.*)\]$/s.exec(text)?.[1];
  if (bracketed !== undefined) return isIPv6(bracketed.replace('%25', '%'));
  return isIPv6(text) || /^[^\s:/?#@%[\]\\]+$/.test(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
