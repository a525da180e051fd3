import { defineQueue, startWorker, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { useQueue } from '../queue-under-test';

const queue = useQueue();

const quiet = { info: () => {}, warn: () => {} };

/** What became of items whose results have so many bytes as they say. */
async function run(maxResultSize: number | undefined): Promise<{ results: string[]; dead: string[] }> {
  const url = queue.server.url;
  await queue.fill('100', '101', '1048576', '1048577');
  const definition = defineQueue({ name: queue.name });
  const worker = startWorker(definition, async (item) => 'x'.repeat(Number(item) - 2), {
    results: true,
    log: quiet,
    env: { REDIS_URL: url, WORK_QUEUE_MAX_ATTEMPTS: '1', WORK_QUEUE_TOLERATE_DEAD_LETTERS: 'true' },
    ...(maxResultSize !== undefined && { maxResultSize }),
  });
  await worker.drained;
  const client = new WorkQueue(definition, { url });
  const [results, dead]: [string[], string[]] = [[], []];
  for await (const { item } of client.results()) results.push(item as string);
  for await (const { error } of client.deadLetters()) dead.push(error);
  await client.close();
  return { results: results.sort(), dead: dead.sort() };
}

test('a result may have more than a MiB where nothing else is said', async () => {
  expect((await run(undefined)).dead).toEqual([]);
}, 60_000);

test('a result may have what is allowed, to the byte', async () => {
  expect(await run(1_048_576)).toEqual({
    results: ['100', '101', '1048576'],
    dead: [expect.stringContaining('is 1048577 bytes of JSON, and 1048576 are allowed')],
  });
}, 60_000);

test('the error says by what more is allowed', async () => {
  expect(await run(100)).toMatchObject({
    results: ['100'],
    dead: [
      expect.stringMatching(
        /^TypeError: the result is 101 bytes of JSON, and 100 are allowed: store it elsewhere, and return its address, or allow more by maxResultSize/,
      ),
      expect.anything(),
      expect.anything(),
    ],
  });
}, 60_000);

test.each([0, 1.5, 67_108_865, '1Mi' as unknown as number])('maxResultSize is not %s', (maxResultSize) => {
  const start = () => startWorker(defineQueue({ name: queue.name }), async () => 1, { maxResultSize, log: quiet });
  expect(start).toThrow(`maxResultSize is ${maxResultSize}; allowed are whole numbers of bytes, from 1 to 67108864`);
});
