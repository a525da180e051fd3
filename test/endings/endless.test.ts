import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';
import type { WorkerProcess } from '../worker-process';

// Workers of a stream, as processes: rolled, killed, and idle.

const queue = useQueue();
const ENV = { WORK_QUEUE_ENDLESS: 'true', WORK_QUEUE_START_TIMEOUT_MS: 100, WORK_QUEUE_SETTLE_MS: 0 };

const left = (done: number) =>
  queue.until(
    `${done} items are done`,
    async (redis) => Number((await redis.hget(queue.keys.meta, 'done')) ?? 0),
    (count) => count >= done,
  );

test('a worker waits for its first item beyond the start timeout, does what comes, and ends by SIGTERM alone', async () => {
  const worker = queue.start(ENV);
  await worker.line('is empty, and more may come');
  // The start timeout was over with its next ask.
  await queue.until(
    'it asks again',
    async (redis) => Number(await redis.hget(queue.keys.meta, 'clock')),
    (clock) => clock > 1_000,
  );
  await queue.withClient((client) => client.fill(['apple']));
  await left(1);
  await queue.withClient((client) => client.fill(['banana'], { seal: true }));
  await left(2);
  await queue.push('cherry');
  await left(3);
  worker.kill('SIGTERM');
  const { summary } = await expectEnding(worker, EXIT.terminated, 'Ended by SIGTERM (exit 143)');
  expect(summary).not.toContain('items are left');
});

test('rolled one by one and then killed while it works, a Deployment loses nothing, and only the kill is charged', async () => {
  const env = { ...ENV, WORK_QUEUE_CONCURRENCY: 4, WORK_QUEUE_LEASE_MS: 6_000, WORK_QUEUE_GRACE_MS: 2_600 };
  const start = async (): Promise<WorkerProcess> => {
    const worker = queue.start(env);
    await worker.line('started [');
    return worker;
  };
  // Most end within the grace period; those that do not are given back.
  let pushed = 0;
  const flow = setInterval(() => void queue.push(`sleep ${pushed++ % 25 === 0 ? 1_500 : 40} item-${pushed}`), 25);
  const workers = await Promise.all([start(), start()]);
  for (const old of [...workers]) {
    workers.push(await start());
    old.kill('SIGTERM');
    expect((await old.ended).code).toBe(EXIT.terminated);
    workers.splice(workers.indexOf(old), 1);
  }
  expect(await queue.attempts()).toEqual({});
  const victim = workers[0] as WorkerProcess;
  victim.kill('SIGKILL');
  await victim.ended;
  workers.push(await start());
  clearInterval(flow);
  await left(pushed);
  const { claimed, done, dead } = await queue.withClient((client) => client.status());
  expect({ claimed, done, dead }).toEqual({ claimed: pushed, done: pushed, dead: 0 });
  // What the killed one was at is charged with it, and nothing twice.
  const again = (attempt: number) =>
    workers.flatMap(({ lines }) => lines.flatMap((line) => line.match(`\\[(\\d+)\\] attempt ${attempt} `)?.[1] ?? []));
  const finished = victim.lines.filter((line) => line.startsWith('finished')).map((line) => line.slice(9));
  const cut = victim.lines.flatMap((line) => {
    const [, id, label] = /^started \[(\d+)\] .*: (.*)$/.exec(line) ?? [];
    return label === undefined || finished.includes(label) ? [] : [id];
  });
  expect(again(2)).toEqual(expect.arrayContaining(cut));
  expect(again(3)).toEqual([]);
});

test('a finalizer that would never run is refused', async () => {
  const program = require.resolve('../workers/with-finally.js');
  const worker = queue.start(ENV, { program });
  await expectEnding(worker, EXIT.configuration, 'the option finally of runWorker never runs: the work is endless');
});
