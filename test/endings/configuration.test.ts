import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { defineQueue, WorkQueue } from '../../worker';
import { EXIT, queueKeys } from '../../worker/contract';
import { type Env, expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();

describe('81: the configuration is wrong', () => {
  test.each<[string, Env, string]>([
    ['a variable makes no sense', { WORK_QUEUE_LEASE_MS: 'soon' }, 'WORK_QUEUE_LEASE_MS is "soon"; allowed are'],
    [
      'a delay that is no time',
      { OPTIONS: '{"backoff":{"base":-1}}' },
      'backoff.base is -1; allowed are ms, 0 or more',
    ],
    [
      'an option that does not exist',
      { OPTIONS: '{"concurrency":8}' },
      'runWorker has no option concurrency: concurrency is set by the prop concurrency of the chart, or by the variable WORK_QUEUE_CONCURRENCY',
    ],
    ['the address of Redis is missing', { REDIS_URL: undefined }, 'the address of Redis is missing'],
    [
      'a password that ends the address',
      { REDIS_URL: 'redis://:p#w@127.0.0.1:6379' },
      'holds #, which ends it in an address: percent-encode it (%23 for #)',
    ],
    ['the chart names another queue', { WORK_QUEUE_NAME: 'other' }, 'use the same name in both'],
  ])('%s', async (_, env, message) => {
    await expectEnding(queue.start(env), EXIT.configuration, message);
  });

  test.each(['cjs', 'mjs'])('a schema that is none, in the module of the worker (%s)', async (kind) => {
    const worker = queue.start({}, { program: join(__dirname, `../workers/broken-schema.${kind}`) });
    expect(await worker.ended).toMatchObject({ code: EXIT.configuration });
    expect(worker.lines).toContainEqual(
      expect.stringContaining(
        'TypeError: schema of the queue broken is a value of type object: allowed is a Standard Schema',
      ),
    );
  });

  test('who catches what defineQueue throws ends as he likes', async () => {
    const worker = queue.start({ CAUGHT: 1 }, { program: join(__dirname, '../workers/broken-schema.cjs') });
    expect(await worker.ended).toMatchObject({ code: EXIT.unexpected });
    expect(worker.lines).toContainEqual(expect.stringContaining('Error: something else'));
  });

  test.each([
    ['queue', 'undefined, () => {}', 'runWorker was given no queue'],
    ['handler', "defineQueue({ name: 'q' })", 'runWorker was given undefined as the handler of q'],
  ])('no %s', async (_, args, message) => {
    const program = `const { defineQueue, runWorker } = require('cdk8s-redis-work-queue/worker'); runWorker(${args})`;
    const worker = queue.start({ WORK_QUEUE_NAME: 'q' }, { nodeArgs: ['--eval', program] });
    await expectEnding(worker, EXIT.configuration, message);
  });

  test('the queue was written by another protocol version', async () => {
    await queue.redis.hset(queue.keys.meta, 'version', '2', 'epoch', 'e');
    await expectEnding(queue.start(), EXIT.configuration, 'was written by protocol version 2, this worker speaks 1');
  });

  test.each<[string, (name: string) => string]>([
    ['the list', (name) => name],
    ['a key of its own', (name) => queueKeys(name).retries],
  ])('%s is of another type', async (_, keyOf) => {
    await queue.redis.set(keyOf(queue.name), 'a string');
    const worker = queue.start();
    const { summary } = await expectEnding(
      worker,
      EXIT.configuration,
      'a key of this queue is used for something else: ReplyError: WRONGTYPE',
    );
    expect(summary).toMatch(/wrong kind of value; use another queue name/);
  });

  test.each([99, '9'.repeat(20)])('there is no database %s, and none other is worked on', async (database) => {
    await queue.push('apple');
    const worker = queue.start({}, { url: `${queue.server.url}/${database}` });
    await expectEnding(worker, EXIT.configuration, 'Check the database number at the end of the address');
    expect(await queue.redis.llen(queue.name)).toBe(1);
  });

  test('Redis evicts keys', async () => {
    const evicting = await startRedisServer({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    try {
      await expectEnding(queue.start({}, { url: evicting.url }), EXIT.configuration, 'set maxmemory-policy noeviction');
    } finally {
      await evicting.stop();
    }
  });

  describe('Redis refuses at the start', () => {
    let guarded: RedisServer;
    let admin: Redis;
    let open: string;

    beforeAll(async () => {
      guarded = await startRedisServer({ password: 'right' });
      admin = new Redis(guarded.url);
      open = `redis://127.0.0.1:${guarded.port}`;
    });

    afterAll(async () => {
      admin.disconnect();
      await guarded.stop();
    });

    test.each<[string, Env]>([
      ['no password', {}],
      ['a wrong password', { REDIS_PASSWORD: 'wrong' }],
      ['a wrong user', { REDIS_USERNAME: 'nobody', REDIS_PASSWORD: 'right' }],
    ])('%s', async (_, env) => {
      const worker = queue.start(env, { url: open });
      const { summary } = await expectEnding(worker, EXIT.configuration, '. Check REDIS_USERNAME and REDIS_PASSWORD');
      expect(summary).not.toContain('..');
    });

    test('a password with the line break of its Secret: worker, filler and client say so', async () => {
      const hint = 'the password ends with a line break: make the Secret with printf or echo -n';
      const env = { REDIS_PASSWORD: 'right\n' };
      const { summary } = await expectEnding(queue.start(env, { url: open }), EXIT.configuration, hint);
      expect(summary).not.toContain('right');
      const client = new WorkQueue(defineQueue({ name: queue.name }), { url: open, password: 'right\r\n' });
      await expect(client.status()).rejects.toThrow(hint);
      await client.close();
      const program = `
        const { defineQueue, runFiller } = require('cdk8s-redis-work-queue/worker');
        runFiller(defineQueue({ name: '${queue.name}' }), ['apple']);`;
      const ofAFiller = { ...env, WORK_QUEUE_RUN: undefined };
      const filler = queue.start(ofAFiller, { url: open, nodeArgs: ['--eval', program] });
      expect(await filler.ended).toMatchObject({
        code: EXIT.configuration,
        terminationMessage: expect.stringContaining(hint),
      });
    });

    test.each(['-evalsha -eval', '-llen', '~other'])('a user with too few rights: %s', async (rule) => {
      await admin.acl(
        'SETUSER',
        'few',
        'reset',
        'on',
        '>few',
        '~*',
        '+@all',
        ...(rule[0] === '~' ? ['resetkeys', rule] : rule.split(' ')),
      );
      const env = { REDIS_USERNAME: 'few', REDIS_PASSWORD: 'few' };
      await expectEnding(queue.start(env, { url: open }), EXIT.configuration, 'the ACL line in docs/redis.md');
    });
  });
});
