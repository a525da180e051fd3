import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedisServer } from '../local-redis';

/** What is special about the certificate of a server. */
export interface CertificateOptions {
  /** @default 'DNS:localhost,IP:127.0.0.1' */
  readonly names?: string;
  /** Days from now on; it has expired where that is below zero. @default 30 */
  readonly days?: number;
  /** Signed by itself, and not by the authority. @default false */
  readonly selfSigned?: boolean;
}

/** An authority of its own, in a folder that is removed with {@link Authority.remove}. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'authority-'));
  /** PEM file of its certificate. */
  readonly file = join(this.folder, 'ca.crt');
  private issued = 0;

  constructor() {
    this.openssl('req', '-x509', ...NEW_KEY, 'ca.key', '-out', 'ca.crt', '-days', '30', '-subj', '/CN=authority');
  }

  /** PEM files of a certificate and its key. */
  issue({ names = 'DNS:localhost,IP:127.0.0.1', days = 30, selfSigned = false }: CertificateOptions = {}) {
    const name = `server-${++this.issued}`;
    const [key, request, certificate] = ['key', 'csr', 'crt'].map((kind) => `${name}.${kind}`) as [
      string,
      string,
      string,
    ];
    writeFileSync(join(this.folder, `${name}.ext`), `subjectAltName=${names}\n`);
    this.openssl('req', ...NEW_KEY, key, '-out', request, '-subj', '/CN=redis');
    const signer = selfSigned ? ['-signkey', key] : ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
    const rest = ['-days', String(days), '-extfile', `${name}.ext`, '-out', certificate];
    this.openssl('x509', '-req', '-in', request, ...signer, ...rest);
    return { certificate: join(this.folder, certificate), key: join(this.folder, key) };
  }

  /** Replaces a certificate that was issued by another one. */
  replace(files: { certificate: string; key: string }, by: { certificate: string; key: string }): void {
    writeFileSync(files.certificate, readFileSync(by.certificate));
    writeFileSync(files.key, readFileSync(by.key));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'ignore' });
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout'];

/** A private Redis that listens without TLS on `server.port`, and with TLS on another port. */
export interface TlsRedis {
  readonly server: RedisServer;
  readonly port: number;
  /** `rediss://` address by the name `localhost`. */
  readonly url: string;
}

const ATTEMPTS = 10;

export async function startTlsRedis(
  authority: Authority,
  { certificate, key }: { certificate: string; key: string },
  args: readonly string[] = ['--tls-auth-clients', 'no'],
): Promise<TlsRedis> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', authority.file];
    try {
      const server = await startRedisServer({ args: ['--tls-port', String(port), ...files, ...args] });
      return { server, port, url: `rediss://localhost:${port}` };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
