import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EXIT } from '../../worker/contract';
import { SharedHand, Vitals } from '../../worker/lease';
import { Incarnation } from '../../worker/redis/incarnation';
import { readSettings } from '../../worker/settings/settings';
import { expectEnding, useQueue } from '../queue-under-test';

// The thread is started from the build.
const { Connection } = require('../../build/worker/redis/connection') as typeof import('../../worker/redis/connection');
const { Lease } = require('../../build/worker/lease/lease') as typeof import('../../worker/lease/lease');

const queue = useQueue();

const workers = join(__dirname, '../workers');
/** Short enough that it is renewed every other second, long enough for a machine with much to do. */
const LEASE = { WORK_QUEUE_LEASE_MS: 6_000 };
let go: string;

beforeEach(() => {
  go = join(mkdtempSync(join(tmpdir(), 'lease-')), 'go');
});

afterEach(() => rmSync(dirname(go), { recursive: true }));

const mortal = { nodeArgs: ['--require', join(workers, 'mortal-lease-thread.js')] };

describe('what is loaded before the program is loaded once, and not into the lease thread', () => {
  const preloaded = join(workers, 'preloaded.cjs');

  test.each([
    ['--require in NODE_OPTIONS', { NODE_OPTIONS: `--require ${preloaded}` }, []],
    ['--import in NODE_OPTIONS', { NODE_OPTIONS: `--import ${preloaded}` }, []],
    ['--require', {}, ['--require', preloaded]],
    ['--import', {}, ['--import', preloaded]],
    // Its heap is that of the process.
    ['flags of V8', { NODE_OPTIONS: `--require ${preloaded}` }, ['--stack-trace-limit=50']],
  ])('%s', async (_, env, nodeArgs) => {
    await queue.fill(`blockUntil ${go}`, 'apple');
    const worker = queue.start({ ...env, ...LEASE }, { nodeArgs });
    await worker.line('started [1]');
    await queue.renewed();
    writeFileSync(go, '');
    await expectEnding(worker, EXIT.drained, 'queue: 2 items, 2 done');
    expect(worker.lines.filter((line) => line.startsWith('preloaded'))).toEqual(['preloaded in the process']);
    expect(await queue.attempts()).toEqual({});
  });
});

describe('a lease thread that dies', () => {
  test('is started again and keeps the lease of what runs', async () => {
    await queue.fill('wait 1', `blockUntil ${go}`);
    const worker = queue.start(LEASE, mortal);
    await worker.line('started [1]');
    worker.kill('SIGUSR2');
    // One that had not begun to run ends with 0.
    await worker.line(/the thread that keeps the lease ended \(exit [01]\): starting it again/);
    await worker.until('another thread', () => worker.count('a thread') === 2 || undefined);
    worker.tell('wait 1');
    await worker.line('started [2]');
    const other = queue.start();
    await other.line('Worker with sessionID');
    await queue.renewed(LEASE.WORK_QUEUE_LEASE_MS);
    writeFileSync(go, '');
    await expectEnding(worker, EXIT.drained, 'queue: 2 items, 2 done');
    expect(await other.ended).toMatchObject({ code: EXIT.drained });
    expect(worker.count('started [') + other.count('started [')).toBe(2);
    expect(await queue.attempts()).toEqual({});
    expect(await queue.redis.hget(queue.keys.meta, 'claimed')).toBe('2');
  });

  test('out of memory says so, and the next one has what it needs', async () => {
    await queue.fill('wait 1', `blockUntil ${go}`, 'apple');
    const worker = queue.start({ ...LEASE, OUT_OF_MEMORY: 3 }, mortal);
    await worker.until('a thread that is large enough', () => (worker.lines.includes('a thread') ? true : undefined));
    worker.tell('wait 1');
    await worker.line('started [2]');
    await queue.renewed();
    writeFileSync(go, '');
    await expectEnding(worker, EXIT.drained, 'queue: 3 items, 3 done');
    expect(worker.count('starting it again')).toBe(3);
    expect(worker.lines.join('\n')).toMatch(/ended \(.*memory limit.*\): starting it again/);
    expect(await queue.attempts()).toEqual({});
  });

  test('again and again ends the worker in order: nothing is charged, and all goes back', async () => {
    await queue.fill('listen 1', 'listen 2', 'apple');
    const worker = queue.start({ OUT_OF_MEMORY: 1_000, WORK_QUEUE_CONCURRENCY: 2 }, mortal);
    expect(await worker.ended).toMatchObject({
      code: EXIT.unexpected,
      summary: expect.stringMatching(/^the thread that keeps the lease ended 6 times, .*everything in hand goes back/),
    });
    expect(worker.count('a small thread')).toBe(6);
    expect(await queue.attempts()).toEqual({});
    expect((await queue.redis.llen(queue.name)) + (await queue.redis.hlen(queue.keys.waiting))).toBe(3);
    const next = queue.start({ WORK_QUEUE_CONCURRENCY: 3 });
    await next.line(': listen 2');
    for (const item of ['listen 1', 'listen 2']) next.tell(item);
    await expectEnding(next, EXIT.drained, 'queue: 3 items, 3 done');
    expect(next.count('attempt 1')).toBe(3);
  });

  test('and took what waits from a busy main thread leaves it to the next one to give back', async () => {
    await queue.fill('a', 'b', 'c');
    const env = { REDIS_URL: queue.server.url, WORK_QUEUE_NAME: queue.name };
    const settings = readSettings(env);
    const connection = new Connection({ url: queue.server.url });
    const incarnation = await Incarnation.enter(connection, queue.name, settings);
    const claimed = await incarnation.exchange({ advance: 0, outcomes: '', want: 3, need: 3, leaving: false }, false);
    expect(claimed).toMatchObject({ kind: 'work', payloads: ['a', 'b', 'c'] });

    const hand = new SharedHand();
    hand.beginExchange(incarnation.number);
    hand.offer(3);
    expect(hand.start(0)).toBe(true);
    // The thread that took the others away is no more.
    expect(hand.takeAway(hand.look())).toBe(true);
    const vitals = new Vitals(1);
    const data = {
      ...{ lanes: 1, queue: queue.name, name: 'worker', store: settings.store, backoff: undefined },
      ownsProcess: true,
    };
    const lease = new Lease(hand, vitals, { ...settings, ...data }, { message() {}, died() {}, failed() {} });
    lease.keep(incarnation);
    lease.start();
    try {
      const back = async (redis: typeof queue.redis) => (await redis.hvals(queue.keys.waiting)).sort();
      expect(await queue.until('b and c given back', back, (items) => items.length > 0)).toEqual(['b', 'c']);
      expect(await queue.attempts()).toEqual({});
    } finally {
      await lease.end();
      connection.close();
    }
  });
});
