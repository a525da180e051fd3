import { defineQueue, StoreUnreachableError, WorkQueue } from '../../worker';
import { rwq } from '../cli/rwq';
import { useQueue } from '../queue-under-test';

// Fills of a Redis without room.

const queue = useQueue({ args: ['--maxmemory-policy', 'noeviction'] });

const full = (on: boolean) => queue.redis.config('SET', 'maxmemory', on ? 1 : 0);

afterEach(() => full(false));

function client(patience = 200) {
  const lines: string[] = [];
  const log = { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) };
  return { lines, filler: new WorkQueue(defineQueue({ name: queue.name }), { url: queue.server.url, patience, log }) };
}

async function line(lines: readonly string[], what: string): Promise<void> {
  while (!lines.some((each) => each.includes(what))) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('it waits for room beyond its patience, says so once, and goes on where it was', async () => {
  const { lines, filler } = client(1);
  const items = Array.from({ length: 3_000 }, (_, index) => `${index}`);
  async function* source() {
    yield* items.slice(0, 1_000);
    // The first push is on its way when the next items are asked for.
    await queue.until(
      'the first push is in',
      (redis) => redis.llen(queue.name),
      (length) => length >= 1_000,
    );
    await full(true);
    yield* items.slice(1_000);
  }
  const filled = filler.fill(source(), { batchId: 'b', seal: true, onFull: 'wait' });
  await line(lines, 'waits for room');
  await full(false);
  expect(await filled).toBe(3_000);
  await filler.close();
  expect(await queue.redis.lrange(queue.name, 0, -1)).toEqual(items);
  expect(lines).toEqual([
    expect.stringMatching(
      /^Redis is full \(maxmemory\): the fill of queue-1 waits for room, with 1000 items in\. Workers of batch b begin once it is sealed/,
    ),
    'Redis has room again: the fill of queue-1 goes on',
  ]);
}, 60_000);

test('closing the queue ends the wait', async () => {
  const { lines, filler } = client();
  await full(true);
  const filled = filler.fill(['apple'], { onFull: 'wait' });
  await line(lines, 'waits for room, with 0 items in');
  await filler.close();
  await expect(filled).rejects.toThrow('the connection was closed');
  expect(await queue.redis.exists(queue.name)).toBe(0);
}, 60_000);

test('without it, a fill fails after its patience, and says what to do', async () => {
  const { filler } = client();
  await full(true);
  const filled = filler.fill(['apple']);
  await expect(filled).rejects.toThrow(StoreUnreachableError);
  await expect(filled).rejects.toThrow(
    /Redis is full \(maxmemory\)\. Give it more memory, or fill with onFull: 'wait'/,
  );
  await filler.close();
}, 60_000);

test('what onFull may be', async () => {
  const { filler } = client();
  const given = { onFull: 'block' } as unknown as { onFull: 'wait' };
  await expect(filler.fill(['apple'], given)).rejects.toThrow(`onFull is "block"; allowed are 'fail' and 'wait'`);
  await filler.close();
});

test('rwq fill --on-full wait', async () => {
  await queue.redis.config('RESETSTAT');
  await full(true);
  const filling = rwq(['fill', '-', '--on-full', 'wait', '--timeout', '1'], {
    env: { REDIS_URL: queue.server.url, WORK_QUEUE_NAME: queue.name },
    input: 'apple\nbanana\n',
  });
  await queue.until(
    'it was refused',
    (redis) => redis.info('errorstats'),
    (stats) => /errorstat_OOM:count=(?!1\b|2\b)/.test(stats),
  );
  await full(false);
  expect(await filling).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^2 items are in/),
    stderr: expect.stringMatching(/waits for room, with 0 items in\n.* goes on\n/),
  });
}, 60_000);
