import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { ranges } from '../../examples/threads/queue';
import { LocalCluster } from '../../local/cluster';
import { WorkQueue } from '../../worker';
import { EXIT } from '../../worker/contract';
import { useQueue } from '../queue-under-test';
import { synthesize } from './synthesize';

const ROOT = join(__dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/threads');

const redis = useQueue();
let queue: WorkQueue<{ from: number; to: number }>;
let image: string;

/** What the Dockerfile puts into the image. */
beforeAll(async () => {
  image = mkdtempSync(join(tmpdir(), 'image-'));
  for (const name of ['cdk8s-redis-work-queue', 'piscina', 'zod']) {
    const link = join(image, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(name === 'cdk8s-redis-work-queue' ? ROOT : join(ROOT, 'node_modules', name), link);
  }
  const entryPoints = ['queue.ts', 'count.ts', 'worker.ts'].map((file) => join(EXAMPLE, file));
  await build({ entryPoints, platform: 'node', format: 'cjs', outdir: image });
});

afterAll(() => rmSync(image, { recursive: true, force: true }));

beforeEach(async () => {
  await redis.redis.flushall();
  redis.name = ranges.name;
  queue = new WorkQueue(ranges, { url: redis.server.url });
});

afterEach(() => queue.close());

async function results(): Promise<number[]> {
  const all: number[] = [];
  for await (const { result } of queue.results<number>()) all.push(result);
  return all;
}

/** A range whose primes nobody has counted to the end. */
const ENDLESS = { from: 2, to: Number.MAX_SAFE_INTEGER };

const start = (env: Record<string, string | number>) => redis.start(env, { program: join(image, 'worker.js') });

test.each(['queue.ts', 'count.ts', 'worker.ts'])('docs/computing.md shows %s as it is', (file) => {
  const page = readFileSync(join(ROOT, 'docs/computing.md'), 'utf8');
  expect(page).toContain(`\`\`\`ts\n// ${file}\n${readFileSync(join(EXAMPLE, file), 'utf8')}\`\`\`\n`);
});

test('the counts add up to a number that is known', async () => {
  const manifests = await synthesize('threads', { BELOW: '1000000' });
  const cluster = new LocalCluster({
    redisUrl: redis.server.url,
    workdir: image,
  }).apply(manifests);
  try {
    expect(await cluster.run('count-primes-fill')).toEqual([0]);
    const [pod] = cluster.start('count-primes', { pods: 1, image: ['node', 'worker.js'] });
    expect({ code: await pod?.ended, lines: pod?.lines }).toMatchObject({ code: 0 });
    const counts = await results();
    expect({ items: counts.length, primes: counts.reduce((sum, count) => sum + count, 0) }).toEqual({
      items: 40,
      primes: 78_498,
    });
  } finally {
    await cluster.stop();
  }
});

test('an item past its timeout is ended with its thread, in the middle of a loop; the worker and the others go on', async () => {
  await queue.fill([ENDLESS, { from: 2, to: 100 }, { from: 100, to: 200 }], { seal: true });
  const worker = start({
    WORK_QUEUE_CONCURRENCY: 2,
    // The others take far less, also where their threads start slowly.
    WORK_QUEUE_ITEM_TIMEOUT_MS: 8_000,
    WORK_QUEUE_MAX_ATTEMPTS: 1,
  });
  expect({ ...(await worker.ended), lines: worker.lines }).toMatchObject({ code: EXIT.deadLetters });
  expect((await results()).sort()).toEqual([21, 25]);
  expect(await queue.deadLetter(1)).toMatchObject({
    reason: 'handler',
    error: expect.stringMatching(/aborted.*ItemTimeoutError: the item took longer than 8000 ms/),
  });
});

test('told to stop, it ends the thread, and the item goes back without a charge', async () => {
  await queue.fill([ENDLESS], { seal: true });
  const worker = start({ WORK_QUEUE_GRACE_MS: 3_000 });
  await redis.until(
    'the item is in hand',
    (client) => client.hget(redis.keys.meta, 'claimed'),
    (claimed) => claimed === '1',
  );
  worker.kill('SIGTERM');
  expect((await worker.ended).code).toBe(EXIT.terminated);
  expect(await redis.attempts()).toEqual({});
  expect(await queue.status()).toMatchObject({ leased: 0, retrying: 1 });
});
