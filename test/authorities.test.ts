import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { RedisStore, RedisWorkQueueJob } from '../lib';
import { LocalCluster } from '../local/cluster';
import { Authority, CAN_ISSUE } from '../local/redis/authority';
import { EXIT } from '../worker/contract';
import { Connection } from '../worker/redis/connection';
import { expectEnding, useQueue } from './queue-under-test';
import { startTlsProxy, type TlsProxy } from './tls-proxy';

// A Redis behind TLS, with a certificate of a private authority.

const WORKER = `
  const { defineQueue, runWorker } = require(${JSON.stringify(join(__dirname, '../build/worker'))});
  runWorker(defineQueue({ name: process.env.WORK_QUEUE_NAME }), () => {});
`;

const why = CAN_ISSUE ? '' : ' (not run: there is no openssl)';
const over = CAN_ISSUE ? describe : describe.skip;

over(`a store with an authority of its own${why}`, () => {
  const queue = useQueue();
  let folder: string;
  let own: Authority;
  let other: Authority;
  let proxy: TlsProxy;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'authorities-'));
    own = new Authority('own');
    other = new Authority('other');
    copyFileSync(own.key, join(folder, 'own.key'));
    proxy = await startTlsProxy(queue.server.port, own);
  });

  afterAll(() => {
    proxy?.stop();
    for (const made of [folder, own.folder, other.folder]) rmSync(made, { recursive: true, force: true });
  });

  const work = (env: Record<string, string | undefined>) => queue.start(env, { url: proxy.url });

  test('a worker trusts it by REDIS_CA_FILE, from each of its threads', async () => {
    await queue.fill('wait a', 'b');
    const worker = work({ REDIS_CA_FILE: own.file, WORK_QUEUE_LEASE_MS: '4000' });
    await worker.line('started [1]');
    await queue.renewed();
    worker.tell('wait a');
    expect(await worker.ended).toMatchObject({ code: 0 });
  });

  test('a worker trusts what Node does, too', async () => {
    await queue.fill('a');
    const worker = work({ REDIS_CA_FILE: other.file, NODE_EXTRA_CA_CERTS: own.file });
    expect(await worker.ended).toMatchObject({ code: 0 });
  });

  test('nothing else of the process trusts it', async () => {
    const connection = new Connection({ url: proxy.url, caFile: own.file });
    expect(await connection.command('PING')).toBe('PONG');
    const error = await new Promise((resolve) => {
      connect({ port: proxy.port, host: 'localhost' }, () => resolve('trusted')).on('error', resolve);
    });
    expect(error).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    connection.close();
  });

  test('a Secret that changes is read again', async () => {
    const file = join(folder, 'rotated.crt');
    copyFileSync(other.file, file);
    const connection = new Connection({ url: proxy.url, caFile: file });
    await expect(connection.command('PING')).rejects.toThrow(/unable to verify/);
    rmSync(file);
    await expect(connection.command('PING')).rejects.toThrow(/unable to verify/);
    writeFileSync(file, readFileSync(other.file, 'utf8') + readFileSync(own.file, 'utf8'));
    expect(await connection.command('PING')).toBe('PONG');
    connection.close();
  });

  test.each([
    ['is not there', 'nowhere.crt', /nowhere\.crt" cannot be read: .*leave REDIS_CA_FILE unset/],
    ['is a folder', '.', /cannot be read/],
    ['holds a key', 'own.key', /own\.key" holds no certificate; it must be PEM, with at least one/],
  ])('a file that %s is configuration', async (_, name, message) => {
    const worker = work({ REDIS_CA_FILE: join(folder, name) });
    expect((await expectEnding(worker, EXIT.configuration, 'authorities')).summary).toMatch(message);
  });

  test('without TLS, the file is of no account', async () => {
    await queue.fill('a');
    const worker = queue.start({ REDIS_CA_FILE: join(folder, 'nowhere.crt') });
    expect(await worker.ended).toMatchObject({ code: 0 });
  });

  /** A chart whose store trusts this authority, applied. */
  function apply(authority: Authority): LocalCluster {
    const chart = Testing.chart();
    const secret = kplus.Secret.fromSecretName(chart, 'secret', 'redis-ca');
    new RedisWorkQueueJob(chart, 'fruit', {
      jobName: 'fruit',
      queueName: queue.name,
      image: 'worker',
      items: ['apple', 'banana'],
      redis: RedisStore.external(chart, 'redis', {
        host: 'localhost',
        port: proxy.port,
        tls: true,
        certificateAuthorities: { secret, key: 'ca.crt' },
      }),
    });
    const secrets = { 'redis-ca': { 'ca.crt': readFileSync(authority.file, 'utf8') } };
    return new LocalCluster({ secrets }).apply(Testing.synth(chart));
  }

  test('the whole chart: fill, gate and worker', async () => {
    const cluster = apply(own);
    try {
      expect(await cluster.run('fruit-fill')).toEqual([0]);
      const image = ['node', '-e', WORKER];
      expect(await cluster.run('fruit', { image })).toEqual([0]);
      expect(await queue.redis.hget(queue.keys.meta, 'done')).toBe('2');
    } finally {
      await cluster.stop();
    }
  });

  test('another authority is configuration to the fill and to the gate, at once', async () => {
    const cluster = apply(other);
    try {
      for (const [job, container] of [
        ['fruit-fill', 'fill'],
        ['fruit', 'gate'],
      ] as const) {
        const [pod] = cluster.start(job, { container });
        expect(await pod?.ended).toBe(EXIT.configuration);
        expect(pod?.output).toContain('Give the one that did as certificateAuthorities of the store');
      }
    } finally {
      await cluster.stop();
    }
  });
});
