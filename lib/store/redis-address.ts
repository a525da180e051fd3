import { isIP } from 'node:net';
import { isHostName } from '../kubernetes';
import { type Kind, list } from '../props';

/** Where a server of a store listens. */
export interface RedisAddress {
  /** Host name or IP address, without brackets. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
}

/** The address in `host:port`, or in a host alone; undefined if it is none. */
export function parseAddress(text: string, defaultPort: number): RedisAddress | undefined {
  const [, bracketed, name = '', digits] = /^(?:\[([^[\]]*)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = Number(digits ?? defaultPort);
  if (port < 1 || port > 65_535) return undefined;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : undefined;
  return isIP(name) === 4 || isHostName(name) ? { host: name, port } : undefined;
}

/** `host:port`, with brackets where that takes them. */
export function addressText({ host, port }: RedisAddress): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/**
 * Addresses of one kind of server, as `host:port` each.
 *
 * @param defaultPort of those that have none
 */
export function addresses(defaultPort: number): Kind<string[]> {
  const example = `"redis-1.example.com:${defaultPort}"`;
  const address: Kind<string> = {
    read(given, at) {
      if (typeof given !== 'string') throw at.refusal(given, `It must be host:port, a string: ${example}.`);
      const read = parseAddress(given, defaultPort);
      if (read) return addressText(read);
      if (given.includes(',')) throw at.refusal(given, 'Each address is an element of its own: ["a:6379", "b:6379"].');
      if (given.includes('://')) {
        throw at.refusal(
          given,
          `It must be host:port alone: ${example}. TLS is \`tls: true\`, credentials have props.`,
        );
      }
      if (isIP(given.replace(/:\d+$/, '')) === 6 || isIP(given) === 6) {
        throw at.refusal(given, `An IPv6 address takes brackets: "[fd00::5]:${defaultPort}".`);
      }
      throw at.refusal(given, `It must be host:port: ${example}.`);
    },
  };
  const all = list(address, `an array of addresses, host:port each: [${example}]`);
  return {
    read(given, at) {
      const read = all.read(given, at);
      if (read.length === 0) throw at.refusal(given, `It must have one address at least: [${example}].`);
      read.forEach((each, index) => {
        const first = read.findIndex((other) => other.toLowerCase() === each.toLowerCase());
        if (first !== index) throw at.element(index).refusal(each, 'It is there twice. Remove one of them.');
      });
      return read;
    },
  };
}
