import { Redis } from 'ioredis';
import { type RedisSentinels, startSentinels } from '../local/redis-sentinel';
import { defineQueue, WorkQueue } from '../worker';
import { EXIT } from '../worker/contract';
import { ConfigurationError, StoreUnreachableError } from '../worker/errors';
import { Connection } from '../worker/redis/connection';
import { expectEnding, QueueUnderTest } from './queue-under-test';
import { RedisFront } from './redis-front';
import { useRedis } from './redis-under-test';
import { endWorkers } from './worker-process';

/** Connections of a test, closed with it. */
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

describe('behind sentinels', () => {
  const SECRETS = { password: 'pass word', sentinelPassword: 'another word' };
  const ENV = { REDIS_SENTINEL_PASSWORD: SECRETS.sentinelPassword };
  const ITEMS = 3_000;

  let all: RedisSentinels;
  const queue = new QueueUnderTest();

  beforeAll(async () => {
    all = await startSentinels({ ...SECRETS, replicas: 1, downAfter: 4_000 });
    queue.name = 'behind-sentinels';
  });
  afterEach(endWorkers);
  afterAll(() => all?.stop());

  test('3,000 items while the primary fails over by hand and is killed: each is done, and none is charged', async () => {
    const work = new WorkQueue(defineQueue({ name: queue.name }), {
      url: all.url,
      sentinelPassword: SECRETS.sentinelPassword,
    });
    opened.push(work);
    await work.fill(['wait apple', ...Array.from({ length: ITEMS }, (_, index) => `sleep 5 ${index}`)], {
      batchId: 'sentinels',
      seal: true,
    });
    const settings = { WORK_QUEUE_LEASE_MS: 8_000, WORK_QUEUE_CONCURRENCY: 4, WORK_QUEUE_BATCH: 'sentinels' };
    const workers = [0, 1].map(() => queue.start({ ...settings, ...ENV }, { url: all.url }));
    await Promise.all(workers.map((worker) => worker.line('finished sleep')));
    /** Resolves when each worker has finished more. */
    const goesOn = () =>
      Promise.all(
        workers.map((worker) => {
          const before = worker.count('finished');
          return worker.until('it goes on', () => worker.count('finished') > before + 2 || undefined);
        }),
      );

    const second = await all.failover();
    await goesOn();
    await second.kill();
    const third = await all.untilPromoted(second);
    await goesOn();
    await second.start();
    await all.untilAgreed();
    await all.failover();
    await goesOn();

    for (const worker of workers) worker.tell('wait apple');
    for (const worker of workers) {
      await expectEnding(worker, EXIT.drained, `queue: ${ITEMS + 1} items, ${ITEMS + 1} done, 0 dead`);
    }
    const primary = new Redis((await all.primary()).url);
    opened.push({ close: () => primary.disconnect() });
    expect(await primary.hgetall(queue.keys.attempts)).toEqual({});
    const finished = new Set(
      workers.flatMap(({ lines }) => lines.flatMap((line) => /finished (.*)/.exec(line)?.[1] ?? [])),
    );
    expect(finished.size).toBe(ITEMS + 1);
    expect(third).toBeDefined();
  });

  test.each([
    ['another name', () => all.url.replace('mymaster', 'other'), ENV, 'know no primary "other"'],
    ['no password', () => all.url, {}, 'refuse: NOAUTH Authentication required. Check REDIS_SENTINEL_USERNAME and'],
    ['a wrong one', () => all.url, { REDIS_SENTINEL_PASSWORD: 'wrong' }, 'refuse: WRONGPASS invalid username'],
    ['servers', () => all.url.replace(/@[^/]*/, `@127.0.0.1:${all.servers[0]!.port}`), {}, 'refuse: NOAUTH'],
  ])('81 at the start: %s', async (_, url, env, why) => {
    const worker = queue.start(env, { url: url() });
    await expectEnding(worker, EXIT.configuration, why);
  });
});
