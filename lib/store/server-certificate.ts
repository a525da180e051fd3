import type { Manifest } from '../kubernetes';
import type { StoreCertificate } from './redis-store-props';

const DIRECTORY = '/etc/redis-tls';
const VOLUME = 'tls';

/** The files with the certificate of a made store, where its containers have them. */
export const CERTIFICATE = {
  certificate: `${DIRECTORY}/tls.crt`,
  key: `${DIRECTORY}/tls.key`,
  authorities: `${DIRECTORY}/ca.crt`,
} as const;

/** The volume with the certificate. */
export function certificateVolumes({ secret }: StoreCertificate): Manifest[] {
  return [{ name: VOLUME, secret: { secretName: secret.name } }];
}

/** Where a container of the store mounts it. */
export function certificateMounts(tls: StoreCertificate | undefined): Manifest[] {
  return tls ? [{ name: VOLUME, mountPath: DIRECTORY, readOnly: true }] : [];
}

/** What makes a server listen by TLS alone, and ask no client for a certificate: each a word of its configuration and a value. */
export function listeningByTls(port: number): [option: string, value: string][] {
  return [
    ['port', '0'],
    ['tls-port', String(port)],
    ['tls-auth-clients', 'no'],
    ['tls-cert-file', CERTIFICATE.certificate],
    ['tls-key-file', CERTIFICATE.key],
  ];
}

/** What makes a server and a sentinel connect to others of the store by TLS. They check who signed a certificate, not its names. */
export const CONNECTING_BY_TLS: [option: string, value: string][] = [
  ['tls-ca-cert-file', CERTIFICATE.authorities],
  ['tls-replication', 'yes'],
];
