import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Authority, CAN_ISSUE } from '../local/redis/authority';
import { EXIT } from '../worker/contract';
import { ConfigurationError } from '../worker/errors';
import { Connection } from '../worker/redis/connection';
import type { StoreAddress } from '../worker/settings';
import { expectEnding, useQueue } from './queue-under-test';
import { startTlsRedis, type TlsRedis } from './tls-redis';

// A Redis as it is by default: whoever connects by TLS must show a certificate.

const why = CAN_ISSUE ? '' : ' (not run: there is no openssl)';

(CAN_ISSUE ? describe : describe.skip)(`a Redis that asks for client certificates${why}`, () => {
  const queue = useQueue();
  let folder: string;
  let authority: Authority;
  let other: Authority;
  let redis: TlsRedis;
  let admin: Redis;
  let shown: { certificate: string; key: string };
  let foreign: { certificate: string; key: string };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'client-certificates-'));
    authority = new Authority('own');
    other = new Authority('other');
    shown = authority.issue();
    foreign = other.issue();
    redis = await startTlsRedis(authority, authority.issue(), ['--tls-auth-clients', 'yes']);
    admin = new Redis(redis.server.url);
  });

  afterAll(async () => {
    admin?.disconnect();
    await redis?.server.stop();
    for (const made of [folder, authority.folder, other.folder]) rmSync(made, { recursive: true, force: true });
  });

  const address = (more: Partial<StoreAddress> = {}): StoreAddress => ({
    url: redis.url,
    caFile: authority.file,
    certFile: shown.certificate,
    keyFile: shown.key,
    ...more,
  });
  const trusting = (more: Record<string, string> = {}) => ({ REDIS_CA_FILE: authority.file, ...more });
  const showing = ({ certificate, key }: { certificate: string; key: string }) =>
    trusting({ REDIS_CERT_FILE: certificate, REDIS_KEY_FILE: key });
  const file = (name: string, text: string | Buffer) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  /** What the connection says at its first call. */
  async function refusal(more: Partial<StoreAddress>): Promise<unknown> {
    const { certFile, keyFile, ...rest } = address();
    const connection = new Connection({ ...rest, ...more }, { patience: 60_000 });
    const error = await connection.insist(() => connection.command('PING')).catch((thrown) => thrown);
    await connection.close();
    return error;
  }

  test('a worker shows one, from each of its threads, and a new one where it was replaced', async () => {
    const [certificate, key] = [
      file('tls.crt', readFileSync(shown.certificate)),
      file('tls.key', readFileSync(shown.key)),
    ];
    await admin.rpush(queue.name, 'wait apple', 'banana');
    const worker = queue.start({ ...showing({ certificate, key }), WORK_QUEUE_LEASE_MS: '4000' }, { url: redis.url });
    await worker.line(/started .*wait apple/);
    // From now on it takes certificates of the other authority alone.
    await admin.config('SET', 'tls-ca-cert-file', other.file);
    const next = {
      certificate: file('next.crt', readFileSync(foreign.certificate)),
      key: file('next.key', readFileSync(foreign.key)),
    };
    renameSync(next.certificate, certificate);
    renameSync(next.key, key);
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    worker.tell('wait apple');
    expect(await worker.ended).toMatchObject({ code: 0 });
    expect(await admin.hgetall(queue.keys.attempts)).toEqual({});
    await admin.config('SET', 'tls-ca-cert-file', authority.file);
  });

  test('81: without one, whatever it sends first', async () => {
    await expectEnding(
      queue.start(trusting(), { url: redis.url }),
      EXIT.configuration,
      'it asks for a client certificate, and none was given: name one in `clientCertificate` of the store',
    );
    for (const more of [{}, { username: 'user', password: 'secret' }]) {
      for (let time = 0; time < 3; time++) {
        const error = await refusal(more);
        expect(error).toBeInstanceOf(ConfigurationError);
        expect(String(error)).toContain('it asks for a client certificate, and none was given');
      }
    }
  });

  test('81: one of another authority, and one that has expired', async () => {
    await expectEnding(
      queue.start(showing(foreign), { url: redis.url }),
      EXIT.configuration,
      'it does not trust the authority of the client certificate: add that to its tls-ca-cert-file',
    );
    const expired = authority.issue({ days: -1 });
    for (let time = 0; time < 3; time++) {
      const error = await refusal({ certFile: expired.certificate, keyFile: expired.key });
      expect(String(error)).toContain('it says that the client certificate has expired: renew it');
    }
  });

  test('a half that is replaced before the other one keeps the pair that was there', async () => {
    const [certFile, keyFile] = [
      file('pair.crt', readFileSync(shown.certificate)),
      file('pair.key', readFileSync(shown.key)),
    ];
    const connection = new Connection(address({ certFile, keyFile }));
    expect(await connection.command('PING')).toBe('PONG');
    for (const key of [readFileSync(foreign.key), '', undefined]) {
      if (key === undefined) rmSync(keyFile);
      else writeFileSync(keyFile, key);
      connection.disconnect();
      expect(await connection.command('PING')).toBe('PONG');
    }
    const renewed = authority.issue();
    copyFileSync(renewed.key, keyFile);
    copyFileSync(renewed.certificate, certFile);
    connection.disconnect();
    expect(await connection.command('PING')).toBe('PONG');
    await connection.close();
  });

  describe('81: files that cannot be used', () => {
    test.each<[string, () => Partial<StoreAddress>, RegExp]>([
      [
        'no certificate',
        () => ({ keyFile: shown.key }),
        /^REDIS_KEY_FILE is set, and REDIS_CERT_FILE is not: .* set both, or neither$/,
      ],
      ['no key', () => ({ certFile: shown.certificate }), /^REDIS_CERT_FILE is set, and REDIS_KEY_FILE is not/],
      [
        'a certificate that is not there',
        () => ({ certFile: '/nowhere.crt', keyFile: shown.key }),
        /^the file of the client certificate "\/nowhere.crt" cannot be read: .*leave REDIS_CERT_FILE unset$/,
      ],
      [
        'a key that is not there',
        () => ({ certFile: shown.certificate, keyFile: '/nowhere.key' }),
        /^the file of the key of the client certificate "\/nowhere.key" cannot be read/,
      ],
      [
        'an empty certificate',
        () => ({ certFile: file('e', ''), keyFile: shown.key }),
        /holds no certificate; it must be PEM, with at least one from -----BEGIN CERTIFICATE----- on$/,
      ],
      [
        'an empty key',
        () => ({ certFile: shown.certificate, keyFile: file('e', '') }),
        /holds no private key; it must be PEM/,
      ],
      ['both exchanged', () => ({ certFile: shown.key, keyFile: shown.certificate }), /holds no certificate/],
      [
        'the key of another certificate',
        () => ({ certFile: shown.certificate, keyFile: foreign.key }),
        /^the key in ".*\.key" does not belong to the client certificate in ".*\.crt"; give the two that were made together$/,
      ],
      [
        'half a certificate',
        () => ({ certFile: file('half', readFileSync(shown.certificate, 'utf8').slice(0, 200)), keyFile: shown.key }),
        /^the client certificate in ".*half" with the key in ".*" cannot be used: .*; both must be in PEM, and complete$/,
      ],
      [
        'half a key',
        () => ({ certFile: shown.certificate, keyFile: file('half', readFileSync(shown.key, 'utf8').slice(0, 80)) }),
        /cannot be used: .*; both must be in PEM, and complete$/,
      ],
      [
        'a key with a passphrase',
        () => ({
          certFile: shown.certificate,
          keyFile: file('locked', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nabc\n'),
        }),
        /holds a key that is encrypted, and there is nobody to ask for its passphrase; decrypt it: openssl pkey/,
      ],
    ])('%s', (_, files, message) => {
      const { certFile, keyFile, ...rest } = address();
      const connect = () => new Connection({ ...rest, ...files() });
      expect(connect).toThrow(ConfigurationError);
      expect(connect).toThrow(message);
    });

    test('a worker says so', async () => {
      const files = { certificate: shown.certificate, key: foreign.key };
      const worker = queue.start(showing(files), { url: redis.url });
      await expectEnding(worker, EXIT.configuration, 'does not belong to the client certificate');
    });
  });

  test('without TLS, the files are of no account', async () => {
    await queue.fill('a');
    const worker = queue.start({ REDIS_CERT_FILE: '/nowhere.crt' });
    expect(await worker.ended).toMatchObject({ code: 0 });
  });
});
