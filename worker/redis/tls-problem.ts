import { connect, isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { textOf } from '../errors';
import type { RedisUrl } from '../settings';
import type { TlsIdentity } from './certificates';

const UNTRUSTED =
  'its certificate is from an authority that this process does not trust: name that in `certificateAuthorities` of the store; outside of a chart in REDIS_CA_FILE, or in NODE_EXTRA_CA_CERTS';
const CLIENT_CERTIFICATE =
  'it asks for a client certificate, and none was given: name one in `clientCertificate` of the store; outside of a chart in REDIS_CERT_FILE and REDIS_KEY_FILE; or set tls-auth-clients to no, and use a password';
const REFUSED = 'it refuses the client certificate, and its log says why: give another one';
const VERSION = 'it supports no TLS version that this Node.js supports: allow TLS 1.2 or 1.3 there';
const NOT_TLS = 'it does not speak TLS on this port: use redis://, or its tls-port';
const TLS = 'it speaks TLS on this port: use rediss://, in a chart `tls: true`';

/** What time alone does not mend. A certificate that is not valid yet will be, by its clock or by ours. */
const PROBLEMS: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  INVALID_CA: UNTRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has expired, or the clock here is wrong: renew it',
  CERT_REVOKED: 'its certificate is revoked: give it another one',
  CERT_REJECTED: 'its certificate is not for this use: give it another one',
  INVALID_PURPOSE: 'its certificate is not for a server: give it another one',
  HOSTNAME_MISMATCH: 'its certificate is for another host: use a name that is in it, or add this one to it',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host: use a name that is in it, or add this one to it',
  ERR_SSL_UNSUPPORTED_PROTOCOL: VERSION,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
};

/**
 * The same, as the server says it: by an alert, whose name ends the code of an error. How that begins differs between
 * versions of OpenSSL.
 */
const ALERTS: Readonly<Record<string, string>> = {
  PROTOCOL_VERSION: VERSION,
  CERTIFICATE_REQUIRED: CLIENT_CERTIFICATE,
  UNKNOWN_CA:
    'it does not trust the authority of the client certificate: add that to its tls-ca-cert-file, or give another one',
  CERTIFICATE_EXPIRED: 'it says that the client certificate has expired: renew it, and check the clocks',
  CERTIFICATE_REVOKED: 'it says that the client certificate is revoked: give another one',
  BAD_CERTIFICATE: REFUSED,
  CERTIFICATE_UNKNOWN: REFUSED,
  UNSUPPORTED_CERTIFICATE: 'it refuses the client certificate, which is not for a client: give one that is',
};

/**
 * What is wrong with the TLS of a server, and how to mend it, where an error tells.
 *
 * @param showsCertificate whether the server was shown a client certificate
 */
export function tlsProblem(error: unknown, showsCertificate = false): string | undefined {
  const code = String(Object(error).code);
  const alert = /_ALERT_(\w+)$/.exec(code)?.[1] ?? '';
  // All that TLS 1.2 says where it gets no certificate.
  const handshake = alert === 'HANDSHAKE_FAILURE' ? (showsCertificate ? REFUSED : CLIENT_CERTIFICATE) : undefined;
  const problem = handshake ?? ALERTS[alert] ?? PROBLEMS[code];
  // The text of OpenSSL beside its code helps only readers of its source.
  return problem && `${problem} (${/^ERR_SSL/.test(code) ? code : textOf(error).replace(/\.$/, '')})`;
}

/** Errors of a handshake that one side alone knows of. */
const NO_HANDSHAKE =
  /ECONNRESET|ETIMEDOUT|EPIPE|EPROTO|socket hang up|socket disconnected|Protocol error, got|Connection is closed|no answer within/;

/** How long a server gets to show what it speaks, in ms. */
const TRIAL = 1_000;

/**
 * What is wrong where the error of a connection does not tell, so it is tried out: a server speaks TLS and the address does not
 * say so, or the other way round; or it refuses a client certificate, or that there is none, and what was sent meanwhile has
 * reset the connection before the alert was read, which TLS 1.3 sends after the handshake.
 */
export async function silentProblem(
  error: unknown,
  url: RedisUrl,
  identity: TlsIdentity | undefined,
  deadline: number,
): Promise<string | undefined> {
  const within = Math.min(deadline, TRIAL);
  if (!NO_HANDSHAKE.test(textOf(error) + String(Object(error).code))) return undefined;
  if (!url.tls) return (await shakesHands(url, within)) ? TLS : undefined;
  const [plain, refusal] = await Promise.all([answersPlainly(url, within), refusalOf(url, identity, within)]);
  return plain ? NOT_TLS : tlsProblem(refusal, identity?.showsCertificate);
}

/** Server name of a TLS connection: none for an IP address, and without the dot at the end of a full name. */
export function serverNameOf({
  host,
  serverName,
}: Pick<RedisUrl, 'host' | 'serverName'>): Pick<ConnectionOptions, 'servername'> {
  if (serverName) return { servername: serverName };
  return isIP(host) === 0 ? { servername: host.replace(/\.$/, '') } : {};
}

function answersPlainly({ host, port }: RedisUrl, within: number): Promise<boolean> {
  const socket = connect({ host, port });
  return new Promise<boolean>((resolve) => {
    socket.setTimeout(within, () => resolve(false));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('data', (bytes) => resolve(/^[+-]/.test(String(bytes))));
    socket.write('PING\r\n');
  }).finally(() => socket.destroy());
}

function shakesHands(url: RedisUrl, within: number): Promise<boolean> {
  const tls = require('node:tls') as typeof import('node:tls');
  const { host, port } = url;
  // Nothing is said to it, so it need not be trusted.
  const socket = tls.connect({ host, port, rejectUnauthorized: false, ...serverNameOf(url) });
  return new Promise<boolean>((resolve) => {
    socket.setTimeout(within, () => resolve(false));
    socket.on('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('secureConnect', () => resolve(true));
  }).finally(() => socket.destroy());
}

/** With what error a server ends a connection on which nothing is sent to it. */
function refusalOf(url: RedisUrl, identity: TlsIdentity | undefined, within: number): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls');
  const { host, port } = url;
  const socket = tls.connect({
    host,
    port,
    ...(identity && { secureContext: identity.secureContext }),
    ...serverNameOf(url),
  });
  return new Promise<unknown>((resolve) => {
    socket.setTimeout(within, () => resolve(undefined));
    socket.on('error', resolve);
    socket.once('close', () => resolve(undefined));
    // A ticket for the next time: it has accepted this one.
    socket.once('session', () => resolve(undefined));
  }).finally(() => socket.destroy());
}
