import { readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';
import { ENV } from '../contract';
import { ConfigurationError, textOf } from '../errors';

/** What a TLS connection trusts: the authorities that this process trusts anyway, and those of a PEM file. */
export class Authorities {
  private pem: string;
  private trusting: { readonly pem: string; readonly context: SecureContext } | undefined;

  /** @throws ConfigurationError the file cannot be read, or holds no certificate */
  constructor(private readonly file: string) {
    this.pem = readAuthorities(file);
  }

  /** For the next connection. The file is read again, as a Secret may change while its pods run. */
  get secureContext(): SecureContext {
    try {
      this.pem = readAuthorities(this.file);
    } catch {
      // Whoever replaces it is not done yet.
    }
    const { pem } = this;
    if (this.trusting?.pem !== pem) {
      // Here, because few connections need it.
      const { createSecureContext } = require('node:tls') as typeof import('node:tls');
      this.trusting = { pem, context: createSecureContext({ ca: [...defaultAuthorities(), pem] }) };
    }
    return this.trusting.context;
  }
}

function readAuthorities(file: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError(
      `the file of certificate authorities ${JSON.stringify(file)} cannot be read: ${textOf(error)}; mount it, or leave ${ENV.redisCaFile} unset`,
    );
  }
  if (!/^-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/m.test(pem)) {
    throw new ConfigurationError(
      `the file of certificate authorities ${JSON.stringify(file)} holds no certificate; it must hold one or more in PEM, each from -----BEGIN CERTIFICATE----- on`,
    );
  }
  return pem;
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
