import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../worker/contract';
import { FillRefusedError } from '../../worker/errors/errors';
import { expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();

test('none leaves while another holds an item, and all leave when it is done', async () => {
  await queue.fill('wait apple', 'banana', 'cherry');
  const workers = [1, 2, 3, 4].map(() => queue.start());
  const holder = await Promise.race(
    workers.map((worker) =>
      worker.line(/started .*wait apple/).then(
        () => worker,
        () => new Promise<never>(() => {}),
      ),
    ),
  );
  await queue.until(
    'all are there',
    async (redis) => (await redis.zcard(queue.keys.leases)) + (await redis.zcard(queue.keys.idle)),
    (workers) => workers === 4,
  );
  await sleep(1_500);
  expect(await queue.redis.zcard(queue.keys.idle)).toBe(3);

  holder.tell('wait apple');
  await holder.line('finished wait apple');
  await Promise.all(workers.map((worker) => expectEnding(worker, EXIT.drained, 'queue: 3 items, 3 done')));
});

test('none leaves while a retry is due', async () => {
  await queue.fill('flaky 1', 'apple');
  const options = { OPTIONS: JSON.stringify({ backoff: { base: 2_000 } }) };
  const workers = [queue.start(options), queue.start(options)];
  await Promise.all(workers.map((worker) => expectEnding(worker, EXIT.drained, 'queue: 2 items, 2 done, 0 dead')));
  expect(workers.reduce((sum, worker) => sum + worker.count('flaky 1'), 0)).toBeGreaterThanOrEqual(3);
  expect(await queue.attempts()).toEqual({});
});

test('items that are pushed meanwhile are taken in; after the seal they are refused', async () => {
  await queue.push('wait apple');
  const worker = queue.start();
  await worker.line(/started .*wait apple/);
  await queue.withClient(async (client) => {
    await client.fill(['banana']);
    worker.tell('wait apple');
    await worker.line('finished banana');
    await client.fill(['wait cherry']);
    await worker.line(/started .*wait cherry/);
    await client.seal();
    await expect(client.fill(['date'])).rejects.toThrow(FillRefusedError);
    await expect(client.fill(['date'])).rejects.toThrow('Use another queue name, or remove the queue first: rwq purge');
  });
  worker.tell('wait cherry');
  await expectEnding(worker, EXIT.drained, 'queue: 3 items, 3 done');
});

test('a second Job on a list that an earlier one drained waits until it is filled', async () => {
  await queue.push('apple');
  await expectEnding(queue.start({ WORK_QUEUE_RUN: 'first' }), EXIT.drained, 'this worker: 1 done');
  const second = queue.start({ WORK_QUEUE_RUN: 'second' });
  await second.line(`Waiting: the queue ${queue.name} is not filled yet`);
  await sleep(1_000);
  await queue.push('banana');
  await expectEnding(second, EXIT.drained, 'this worker: 1 done');
});

test('tokens never repeat, and a later delivery has a greater one', async () => {
  const items = Array.from({ length: 200 }, (_, index) => (index % 10 === 0 ? 'flaky 1' : 'apple'));
  await queue.fill(...items);
  const options = { OPTIONS: JSON.stringify({ backoff: { base: 50 } }), WORK_QUEUE_CONCURRENCY: 3 };
  const workers = [queue.start(options), queue.start(options)];
  await Promise.all(workers.map((worker) => expectEnding(worker, EXIT.drained, 'queue: 200 items, 200 done')));
  const deliveries = workers
    .flatMap(({ lines }) => lines)
    .flatMap((line) => /^started \[(\d+)\] attempt (\d+) token (\S+) at/.exec(line) ?? [])
    .filter((_, index) => index % 4 > 0);
  const tokens = new Map<string, string>();
  const last = new Map<string, string>();
  for (let i = 0; i < deliveries.length; i += 3) {
    const [id, attempt, token] = deliveries.slice(i, i + 3) as [string, string, string];
    expect(tokens.has(token)).toBe(false);
    tokens.set(token, id);
    last.set(`${id} ${attempt}`, token);
  }
  expect(tokens.size).toBe(220);
  for (let id = 1; id <= 200; id += 10) expect(last.get(`${id} 2`)! > last.get(`${id} 1`)!).toBe(true);
});

test('equal payloads are distinct items', async () => {
  await queue.fill(...Array.from({ length: 50 }, () => 'apple'));
  const workers = [queue.start(), queue.start()];
  await Promise.all(workers.map((worker) => expectEnding(worker, EXIT.drained, 'queue: 50 items, 50 done')));
  expect(workers.reduce((sum, worker) => sum + worker.count('finished apple'), 0)).toBe(50);
});

test('an idle worker sends at most two commands a second', async () => {
  await queue.push('wait apple', 'banana');
  const busy = queue.start();
  await busy.line(/started .*wait apple/);
  const idle = queue.start();
  await idle.line('finished banana');
  const connections = async () => {
    const info = await queue.redis.info('clients');
    return ['connected', 'blocked'].map((which) => Number(new RegExp(`^${which}_clients:(\\d+)`, 'm').exec(info)?.[1]));
  };
  // That of this test, and of each worker two; what the idle one waits for rings its doorbell.
  await queue.until('all are connected, and one listens', connections, (clients) => String(clients) === '5,1');
  // Commands of scripts have no client address.
  const monitor = await queue.redis.monitor();
  const names = new Map<string, number>();
  monitor.on('monitor', (_time: string, [command = '']: string[], source: string) => {
    if (source !== 'lua') names.set(command, (names.get(command) ?? 0) + 1);
  });
  const since = performance.now();
  await sleep(6_000);
  monitor.disconnect();
  // On a machine with much to do, that was longer.
  const seconds = (performance.now() - since) / 1_000;
  const total = [...names.values()].reduce((a, b) => a + b, 0);
  console.info(`an idle worker and a busy one in ${seconds.toFixed(1)} s: ${JSON.stringify([...names])}`);
  // The busy one renews its lease every two and a half seconds.
  expect(total).toBeLessThanOrEqual(2 * seconds + seconds / 2.5 + 2);
  busy.tell('wait apple');
  await Promise.all([busy, idle].map((worker) => expectEnding(worker, EXIT.drained, 'queue: 2 items, 2 done')));
});
