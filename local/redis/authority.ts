import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPath } from './find-redis-server';

/** Whether this machine can issue certificates. */
export const CAN_ISSUE = onPath('openssl') !== undefined;

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
  /** PEM file of its key. */
  readonly key = join(this.folder, 'ca.key');
  private issued = 0;

  /** @param name tells it from others */
  constructor(name = 'authority') {
    this.openssl('req', '-x509', ...NEW_KEY, 'ca.key', '-out', 'ca.crt', '-days', '30', '-subj', `/CN=${name}`);
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
