import { isIP } from 'node:net';

/** Where a server listens. */
export interface ListenAddress {
  /** Undefined: all addresses of the machine. */
  readonly host: string | undefined;
  readonly port: number;
}

/** Where metrics are served, unless told otherwise: to this machine alone, on a port that is free by custom. */
export const DEFAULT_LISTEN: ListenAddress = { host: '127.0.0.1', port: 9464 };

/** What is allowed for an address to listen on. */
export const LISTEN_SYNTAX =
  'a port (9464), host:port (127.0.0.1:9464), [::1]:9464 of IPv6, or :9464 for all addresses of the machine';

/** `9464`, `host:9464`, `[::1]:9464` or `:9464`; undefined for anything else. Port 0 is a free one. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^\s:[\]]*)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : undefined;
  if (plain === undefined) return { ...DEFAULT_LISTEN, port };
  return { host: plain === '' ? undefined : plain, port };
}

/** The address as a part of a URL. */
export function listenText({ host = 'localhost', port }: ListenAddress): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
