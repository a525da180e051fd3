import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { onPath } from '../local-redis/find-redis-server';

/** Whether this machine can issue certificates. */
export const CAN_ISSUE = onPath('openssl') !== undefined;

/** A private authority, which can sign certificates for this machine. */
export interface Authority {
  /** PEM file with its certificate. */
  readonly file: string;
  readonly key: string;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** Makes an authority, with its files in a folder. */
export function makeAuthority(folder: string, name: string): Authority {
  const [file, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  openssl('req', '-x509', ...KEY, '-keyout', key, '-out', file, '-subj', `/CN=${name}`);
  return { file, key };
}

/** A TLS server on a free port, with a certificate for localhost, in front of a Redis. */
export interface TlsProxy {
  readonly port: number;
  /** Its address: `rediss://localhost:…`. */
  readonly url: string;
  stop(): void;
}

/** Starts one whose certificate is signed by this authority. */
export async function startTlsProxy(port: number, authority: Authority): Promise<TlsProxy> {
  const [key, request, certificate, names] = ['key', 'csr', 'crt', 'ext'].map((end) => `${authority.file}.leaf.${end}`);
  writeFileSync(names as string, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl('req', ...KEY, '-keyout', key as string, '-out', request as string, '-subj', '/CN=localhost');
  const signing = ['-CA', authority.file, '-CAkey', authority.key, '-CAcreateserial', '-days', '2'];
  openssl(
    'x509',
    '-req',
    '-in',
    request as string,
    ...signing,
    '-extfile',
    names as string,
    '-out',
    certificate as string,
  );
  const server = createServer({ key: readFileSync(key as string), cert: readFileSync(certificate as string) });
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

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
