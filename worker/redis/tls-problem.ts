import { connect, isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { textOf } from '../errors';
import type { RedisUrl } from '../settings';

const UNTRUSTED =
  'its certificate is from an authority that this process does not trust: name that in `certificateAuthorities` of the store; outside of a chart in REDIS_CA_FILE, or in NODE_EXTRA_CA_CERTS';
const CLIENT_CERTIFICATE =
  'it asks for a client certificate, and a worker has none: set tls-auth-clients to no, and use a password';
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
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: CLIENT_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: CLIENT_CERTIFICATE,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: VERSION,
  ERR_SSL_UNSUPPORTED_PROTOCOL: VERSION,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
};

/** What is wrong with the TLS of a server, and how to mend it, where an error tells. */
export function tlsProblem(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  const problem = typeof code === 'string' ? PROBLEMS[code] : undefined;
  // The text of OpenSSL beside its code helps only readers of its source.
  return problem && `${problem} (${/^ERR_SSL/.test(String(code)) ? code : textOf(error).replace(/\.$/, '')})`;
}

/** Errors of a handshake that one side alone knows of. */
const NO_HANDSHAKE =
  /ECONNRESET|ETIMEDOUT|EPIPE|EPROTO|socket hang up|socket disconnected|Protocol error, got|Connection is closed|no answer within/;

/** How long a server gets to show what it speaks, in ms. */
const TRIAL = 1_000;

/**
 * What is wrong where a server speaks TLS and the address does not say so, or the other way round: neither side tells,
 * so it is tried out.
 */
export async function schemeProblem(error: unknown, url: RedisUrl, deadline: number): Promise<string | undefined> {
  const within = Math.min(deadline, TRIAL);
  if (!NO_HANDSHAKE.test(textOf(error) + String(Object(error).code))) return undefined;
  if (url.tls) return (await answersPlainly(url, within)) ? NOT_TLS : undefined;
  return (await shakesHands(url, within)) ? TLS : undefined;
}

/** Server name of a TLS connection: none for an IP address, and without the dot at the end of a full name. */
export function serverNameOf({ host }: Pick<RedisUrl, 'host'>): Pick<ConnectionOptions, 'servername'> {
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
