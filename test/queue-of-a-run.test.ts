import { queueKeys } from '../worker/contract';
import { useQueue } from './queue-under-test';

const queue = useQueue();
const DAY = 86_400_000;

/** A worker whose code calls the queue `night`. */
const start = (env = {}) =>
  queue.start({ QUEUE: 'night', WORK_QUEUE_DEFINED_AS: 'night', WORK_QUEUE_KEEP_MS: DAY, ...env });

async function timesToLive(): Promise<number[]> {
  const keys = await queue.redis.keys(`*${queue.name}*`);
  return Promise.all(keys.map((key) => queue.redis.pttl(key)));
}

test('a worker whose code names the queue otherwise works on that of its run, which goes once all is done', async () => {
  await queue.fill('one', 'two');
  expect(await start().ended).toMatchObject({ code: 0, summary: expect.stringContaining('2 items, 2 done') });
  const times = await timesToLive();
  expect(times.length).toBeGreaterThan(0);
  expect(times.filter((time) => time <= 0 || time > DAY)).toEqual([]);
  expect(await queue.redis.keys('*night*')).toEqual([]);
});

test('a run with dead letters stays, until another worker comes who does what was sent back', async () => {
  await queue.fill('one', 'unrecoverable two');
  expect(await start().ended).toMatchObject({ code: 80 });
  expect(new Set(await timesToLive())).toEqual(new Set([-1]));
  await queue.withClient((client) => client.dropDead());
  expect(await start().ended).toMatchObject({ code: 0 });
  expect((await timesToLive()).filter((time) => time < 0)).toEqual([]);
});

test('a worker that comes after the end and is told to leave before it hears of that keeps nothing for ever', async () => {
  await queue.fill('one');
  expect(await start().ended).toMatchObject({ code: 0 });
  await queue.withClient((client) => client.pause());
  const late = start();
  await late.line('is paused');
  late.kill('SIGTERM');
  expect(await late.ended).toMatchObject({ code: 143 });
  expect((await timesToLive()).filter((time) => time < 0)).toEqual([]);
});

test('a Redis that does not know of it any more changes nothing of the end', async () => {
  await queue.fill('sleep 300 one');
  await queue.redis.call('ACL', 'SETUSER', 'default', '-pexpire');
  const worker = start();
  const ended = await worker.ended;
  await queue.redis.call('ACL', 'SETUSER', 'default', '+pexpire');
  expect(ended).toMatchObject({ code: 0 });
  expect(worker.lines).toContainEqual(
    expect.stringMatching(/could not say how long the keys of the queue queue-\d+ are kept.*rwq purge/),
  );
  expect(await queue.redis.exists(queueKeys(queue.name).meta)).toBe(1);
});
