import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import type { Authority, CertificateOptions } from '../local/redis/authority';

/** A TLS server on a free port, with a certificate for localhost, in front of a Redis. */
export interface TlsProxy {
  readonly port: number;
  /** Its address: `rediss://localhost:…`. */
  readonly url: string;
  stop(): void;
}

/** Starts one whose certificate is signed by this authority. */
export async function startTlsProxy(
  port: number,
  authority: Authority,
  options: CertificateOptions = {},
): Promise<TlsProxy> {
  const { certificate, key } = authority.issue(options);
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) });
  server.on('secureConnection', (client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.pipe(other);
    }
  });
  server.on('tlsClientError', () => {});
  server.listen(0).unref();
  await once(server, 'listening');
  const own = (server.address() as AddressInfo).port;
  return { port: own, url: `rediss://localhost:${own}`, stop: () => server.close() };
}
