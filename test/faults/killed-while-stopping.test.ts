import { EXIT } from '../../worker/contract';
import { SCRIPTS } from '../../worker/scripts';
import { expectEnding, useQueue } from '../queue-under-test';
import { RedisFront } from '../redis-front';
import type { WorkerProcess } from '../worker-process';

const queue = useQueue();
const ENV = { WORK_QUEUE_GRACE_MS: 600_000, WORK_QUEUE_LEASE_MS: 1_000, WORK_QUEUE_SETTLE_MS: 600_000 };

/** The record of the only worker says that it was told to stop. */
async function untilSaid(): Promise<void> {
  const said = async () => {
    const [incarnation] = await queue.redis.zrange(queue.keys.leases, '0', '0');
    return incarnation ? queue.redis.hget(queue.keys.worker + incarnation, 'leaving') : null;
  };
  await queue.until('said that it leaves', said, (leaving) => leaving === '1');
}

/** A node is taken away: SIGTERM, and SIGKILL long before the grace period ends. */
async function takeAway(worker: WorkerProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  worker.kill(signal);
  await untilSaid();
  worker.kill('SIGKILL');
  expect((await worker.ended).code).toBe('SIGKILL');
}

describe.each([1, 64])('SIGTERM and SIGKILL, %i items at once', (concurrency) => {
  test.each([1, 2, 3])('of %i attempts none is charged', async (maxAttempts) => {
    const items = Array.from({ length: concurrency }, (_, i) => `wait ${i}.`);
    await queue.push(...items);
    const env = { ...ENV, WORK_QUEUE_CONCURRENCY: concurrency, WORK_QUEUE_MAX_ATTEMPTS: maxAttempts };
    const first = queue.start(env);
    await first.until('all started', () => (first.count('started') === concurrency ? true : undefined));
    await takeAway(first);
    const second = queue.start(env);
    await second.until('all started', () => (second.count('started') === concurrency ? true : undefined));
    expect(second.count('attempt 1 ')).toBe(concurrency);
    expect(await queue.attempts()).toEqual({});
    for (const item of items) second.tell(item);
    await queue.withClient((client) => client.seal());
    await expectEnding(second, EXIT.drained, `${concurrency} done`);
  });
});

test('ten times on one item: no dead letter, and it runs in its first attempt', async () => {
  await queue.push('wait apple');
  const env = { ...ENV, WORK_QUEUE_MAX_ATTEMPTS: 1 };
  for (let time = 0; time < 10; time++) {
    const worker = queue.start(env);
    expect(await worker.line(/started .*wait apple/)).toContain('attempt 1 ');
    await takeAway(worker, time % 2 === 0 ? 'SIGTERM' : 'SIGINT');
  }
  expect(await queue.attempts()).toEqual({});
  expect(await queue.redis.exists(queue.keys.dead, queue.keys.suspects)).toBe(0);
});

test.each([
  ['spin', 'SIGTERM', 1],
  ['block', 'SIGINT', 1],
  ['block', 'SIGTERM', 64],
] as const)(
  'it says so while a handler lets no event loop turn: %s, %s, %i at once',
  async (word, signal, concurrency) => {
    await queue.push(`${word} 600000`);
    const env = { ...ENV, WORK_QUEUE_CONCURRENCY: concurrency, WORK_QUEUE_MAX_ATTEMPTS: 1 };
    const worker = queue.start({ ...env, WORK_QUEUE_WORKER: 'deaf' });
    await worker.line(/started .*600000/);
    // The lease thread's is the second one, and by then it listens.
    await queue.until(
      'two connections',
      (redis) => redis.client('LIST') as Promise<string>,
      (list) => list.split(' name=deaf ').length === 3,
    );
    await takeAway(worker, signal);
    const second = queue.start(env);
    expect(await second.line(/started .*600000/)).toContain('attempt 1 ');
    expect(await queue.attempts()).toEqual({});
    expect(await queue.redis.exists(queue.keys.dead, queue.keys.suspects)).toBe(0);
  },
);

test('it says so while an exchange has no answer', async () => {
  let asked = false;
  let silent = false;
  const front = await RedisFront.start(queue.server.port, (request) => {
    if (!silent || !request.includes(SCRIPTS.exchange.sha1)) return 'pass';
    asked = true;
    return 'swallow';
  });
  try {
    await queue.push('wait apple');
    const env = { ...ENV, WORK_QUEUE_LEASE_MS: 60_000, WORK_QUEUE_CONCURRENCY: 2, WORK_QUEUE_WORKER: 'leaver' };
    const worker = queue.start(env, { url: front.url });
    await worker.line(/started .*wait apple/);
    await queue.until(
      'main thread, doorbell and lease thread are connected',
      (redis) => redis.client('LIST') as Promise<string>,
      (list) => list.split(' name=leaver ').length === 4,
    );
    silent = true;
    await queue.push('wait banana');
    await queue.until('asked for another', async () => asked, Boolean);
    await takeAway(worker);
    expect(worker.count('wait banana')).toBe(0);
    expect(await queue.attempts()).toEqual({});
  } finally {
    await front.close();
  }
});
