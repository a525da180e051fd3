import { readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';
import { ENV } from '../contract';
import { ConfigurationError, textOf } from '../errors';
import type { StoreAddress } from '../settings';

/** PEM files of a store. */
type CertificateFiles = Pick<StoreAddress, 'caFile' | 'certFile' | 'keyFile'>;

/** What is in them. */
interface Certificates {
  readonly authorities?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/**
 * What a TLS connection trusts and what it shows: the authorities that this process trusts anyway and those of a file, and a
 * client certificate with its key.
 */
export class TlsIdentity {
  private made: { readonly of: Certificates; readonly context: SecureContext } | undefined;
  private read: Certificates;

  /** @throws ConfigurationError a file cannot be read, or does not hold what it should; or certificate and key are no pair */
  constructor(private readonly files: CertificateFiles) {
    if (!files.certFile !== !files.keyFile) {
      const both = [ENV.redisCertFile, ENV.redisKeyFile];
      const [given, missing] = files.certFile ? both : both.reverse();
      throw new ConfigurationError(
        `${given} is set, and ${missing} is not: a client certificate takes both files; set both, or neither`,
      );
    }
    this.read = readFiles(files);
  }

  /** Whether a server that asks for a client certificate gets one. */
  get showsCertificate(): boolean {
    return this.read.certificate !== undefined;
  }

  /** For the next connection. The files are read again, as a Secret may change while its pods run. */
  get secureContext(): SecureContext {
    try {
      this.read = readFiles(this.files);
    } catch {
      // Whoever replaces them is not done yet.
    }
    if (!this.made || !isSame(this.made.of, this.read)) {
      this.made = { of: this.read, context: contextOf(this.read, this.files) };
    }
    return this.made.context;
  }
}

/** That of an address; none where it names no file, as a connection without one is quicker to open. */
export function tlsIdentity(address: CertificateFiles): TlsIdentity | undefined {
  const { caFile, certFile, keyFile } = address;
  return caFile || certFile || keyFile ? new TlsIdentity(address) : undefined;
}

function isSame(one: Certificates, other: Certificates): boolean {
  return one.authorities === other.authorities && one.certificate === other.certificate && one.key === other.key;
}

function readFiles(files: CertificateFiles): Certificates {
  const { caFile, certFile, keyFile } = files;
  const authorities = caFile && readPem(caFile, 'certificate authorities', ENV.redisCaFile, CERTIFICATE);
  const certificate = certFile && readPem(certFile, 'the client certificate', ENV.redisCertFile, CERTIFICATE);
  const key = keyFile && readPem(keyFile, 'the key of the client certificate', ENV.redisKeyFile, KEY);
  if (certificate && key) checkPair(certificate, key, files);
  return { ...(authorities && { authorities }), ...(certificate && key && { certificate, key }) };
}

/** A TLS context says this as well, but takes a tenth of a second to be made. */
function checkPair(certificate: string, key: string, files: CertificateFiles): void {
  // Here, because few connections need it.
  const { createPrivateKey, X509Certificate } = require('node:crypto') as typeof import('node:crypto');
  let isPair: boolean;
  try {
    isPair = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw unusable(error, files);
  }
  if (isPair) return;
  throw new ConfigurationError(
    `the key in ${JSON.stringify(files.keyFile)} does not belong to the client certificate in ${JSON.stringify(files.certFile)}; give the two that were made together`,
  );
}

function unusable(error: unknown, { certFile, keyFile }: CertificateFiles): ConfigurationError {
  return new ConfigurationError(
    `the client certificate in ${JSON.stringify(certFile)} with the key in ${JSON.stringify(keyFile)} cannot be used: ${textOf(error)}; both must be in PEM, and complete`,
  );
}

/** What a file must hold. */
interface PemKind {
  readonly pattern: RegExp;
  readonly what: string;
  readonly begin: string;
}

const CERTIFICATE: PemKind = {
  pattern: /^-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/m,
  what: 'certificate',
  begin: 'BEGIN CERTIFICATE',
};
const KEY: PemKind = {
  pattern: /^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/m,
  what: 'private key',
  begin: 'BEGIN PRIVATE KEY',
};

function readPem(file: string, of: string, variable: string, kind: PemKind): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError(
      `the file of ${of} ${JSON.stringify(file)} cannot be read: ${textOf(error)}; mount it, or leave ${variable} unset`,
    );
  }
  if (kind === KEY && /^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(pem)) {
    throw new ConfigurationError(
      `the file of ${of} ${JSON.stringify(file)} holds a key that is encrypted, and there is nobody to ask for its passphrase; decrypt it: openssl pkey -in FILE -out FILE`,
    );
  }
  if (!kind.pattern.test(pem)) {
    throw new ConfigurationError(
      `the file of ${of} ${JSON.stringify(file)} holds no ${kind.what}; it must be PEM, with at least one from -----${kind.begin}----- on`,
    );
  }
  return pem;
}

function contextOf({ authorities, certificate, key }: Certificates, files: CertificateFiles): SecureContext {
  const { createSecureContext } = require('node:tls') as typeof import('node:tls');
  try {
    return createSecureContext({
      ...(authorities && { ca: [...defaultAuthorities(), authorities] }),
      ...(certificate && key && { cert: certificate, key }),
    });
  } catch (error) {
    throw unusable(error, files);
  }
}

/** What Node.js trusts by default; naming an authority replaces it. */
function defaultAuthorities(): readonly string[] {
  const tls = require('node:tls') as typeof import('node:tls') & { getCACertificates?(type: string): string[] };
  // From Node 22.15 on.
  if (tls.getCACertificates) return tls.getCACertificates('default');
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  try {
    return extra ? [...tls.rootCertificates, readFileSync(extra, 'utf8')] : tls.rootCertificates;
  } catch {
    // Node has warned of it.
    return tls.rootCertificates;
  }
}
