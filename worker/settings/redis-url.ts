import { isIPv6 } from 'node:net';
import { ENV } from '../contract';
import { ConfigurationError } from '../errors';

/** A `redis://` or `rediss://` address, taken apart. */
export interface RedisUrl {
  readonly tls: boolean;
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
}

const PORT = 6379;
const PARTS = /^(rediss?):\/\/(?:(.*)@)?(\[[^[\]]*\]|[^[\]]*?)(?::(\d+))?(?:\/(\d*))?$/is;
const ALLOWED = 'allowed is redis://host:port or rediss://host:port (TLS), with an optional /database number';

/** The address of a Redis without credentials; an IPv6 address gets its brackets. */
export function redisUrl(host: string, port: number | string = PORT): string {
  return `redis://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/**
 * Takes an address apart. An IPv6 address may stand there without brackets, as Kubernetes joins it with its port.
 *
 * @throws ConfigurationError it is no Redis URL; the message calls it `what`, and repeats no password
 */
export function parseRedisUrl(url: string, what: string): RedisUrl {
  const [, scheme = '', user, given = '', digits, database] = PARTS.exec(url.trim()) ?? [];
  const reserved = [...new Set(user?.match(/[#?/]/g))];
  if (reserved.length > 0) {
    const encoded = reserved.map((character) => `${encodeURIComponent(character)} for ${character}`).join(', ');
    throw new ConfigurationError(
      `${what} is "${scheme}://…@${withoutPassword(url.trim()).replace(/^.*?\/\//s, '')}", and its user name or password holds ${reserved.join(' and ')}, which ends it in an address: percent-encode it (${encoded}), or give it in ${ENV.redisUsername} and ${ENV.redisPassword}`,
    );
  }
  // The last group of an address without brackets and without a port looks like one.
  const [host, port] = isIPv6(`${given}:${digits}`) && !isHost(given) ? [`${given}:${digits}`, PORT] : [given, digits];
  const number = Number(port ?? PORT);
  if (!isHost(host) || number < 1 || number > 65_535) {
    throw new ConfigurationError(`${what} is ${JSON.stringify(withoutPassword(url))}; ${ALLOWED}`);
  }
  const [username, password] = (user ?? '').split(/:(.*)/s).map(decoded);
  return {
    tls: scheme.toLowerCase() === 'rediss',
    host: host.replace(/^\[|\]$/g, '').replace('%25', '%'),
    port: number,
    database: Number(database || 0),
    ...(username && { username }),
    ...(password && { password }),
  };
}

/** A URL that may be shown to people. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/.*@/s, '//');
}

/** What a Secret made with `echo`, or by copying, adds to what it holds. */
export function strayCharacters({ username = '', password = '' }: RedisUrl): string {
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
