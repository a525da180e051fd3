import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { buildSync } from 'esbuild';
import Redis from 'ioredis';
import { RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../lib';
import { LocalCluster, type LocalPod, type Manifest } from '../local/cluster';
import { type RedisServer, startRedisServer } from '../local/redis';
import { queueKeys } from '../worker/contract';
import { leaseRenewed } from './queue-under-test';

// Bundles, taken out of the manifests and run by Node against a real server, as the containers of a cluster do.

let server: RedisServer;
let redis: Redis;
let root: string;
let queueName: string;
let cluster: LocalCluster;
let queues = 0;

beforeAll(async () => {
  server = await startRedisServer();
  redis = new Redis(server.port);
});

afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entry-'));
  queueName = `queue-${queues++}`;
  cluster = new LocalCluster();
});

afterEach(async () => {
  await cluster.stop();
  rmSync(root, { recursive: true, force: true });
});

function source(name: string, text: string): string {
  const file = join(root, name);
  writeFileSync(file, text);
  return file;
}

function synth(props: Partial<RedisWorkQueueJobProps>) {
  const chart = Testing.chart();
  new RedisWorkQueueJob(chart, 'fruit', {
    queueName,
    jobName: 'fruit',
    redis: RedisStore.external(chart, 'redis', { host: '127.0.0.1', port: server.port }),
    settle: Duration.seconds(0),
    ...props,
  });
  return Testing.synth(chart);
}

function run(manifests: Manifest[], job = 'fruit', env: Record<string, string> = {}): LocalPod {
  const [pod] = cluster.apply(manifests).start(job, { container: job === 'fruit' ? 'worker' : 'fill', env });
  return pod as LocalPod;
}

test('workers work through all items, each once', async () => {
  const items = Array.from({ length: 200 }, (_, i) => `item-${i}`);
  // A pipe that nobody reads for a moment takes some 170 lines, and what is still to be written goes with the process.
  const worked = join(root, 'worked');
  const entry = source(
    'worker.ts',
    `import { appendFileSync } from 'node:fs';
     import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';
     await runWorker(defineQueue({ name: '${queueName}' }), async (item: string) => appendFileSync('${worked}', item + '\\n'));`,
  );
  await redis.rpush(queueName, ...items);
  const manifests = synth({ entry });
  const both = [run(manifests), run(manifests)];
  expect(await Promise.all(both.map((pod) => pod.ended))).toEqual([0, 0]);
  expect(readFileSync(worked, 'utf8').trimEnd().split('\n').sort()).toEqual(items.sort());
  expect(await redis.hget(queueKeys(queueName).meta, 'done')).toBe('200');
});

test('the lease thread of a bundle keeps the item of a handler that blocks past its lease, and runs none of its code', async () => {
  const go = join(root, 'go');
  const entry = source(
    'worker.ts',
    `import { existsSync } from 'node:fs';
     import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';
     console.log('loaded');
     runWorker(defineQueue({ name: '${queueName}' }), (item: string, { attempt }) => {
       console.log('Working on ' + item + ' attempt ' + attempt);
       while (!existsSync('${go}')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
     });`,
  );
  await redis.rpush(queueName, 'slow');
  const lease = Duration.seconds(6);
  const manifests = synth({ entry, lease });
  const holder = run(manifests);
  await holder.line('Working on slow');
  const other = run(manifests);
  await other.line('Worker with sessionID');
  await leaseRenewed(redis, queueName, lease.toMilliseconds());
  writeFileSync(go, '');
  expect(await Promise.all([holder.ended, other.ended])).toEqual([0, 0]);
  expect([holder.count('Working on slow'), other.count('Working on slow')]).toEqual([1, 0]);
  expect([holder.count('loaded'), other.count('loaded')]).toEqual([1, 1]);
  expect(await redis.hmget(queueKeys(queueName).meta, 'claimed', 'done')).toEqual(['1', '1']);
});

describe('where something was thrown', () => {
  test('the log names file and line in TypeScript', async () => {
    const entry = source(
      'worker.ts',
      `import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';

interface Fruit {
  name: string;
}

function peel(fruit: Fruit): void {
  throw new RangeError(\`no knife for \${fruit.name}\`);
}

runWorker(defineQueue({ name: '${queueName}' }), async (name) => peel({ name }));
`,
    );
    await redis.rpush(queueName, 'apple');
    const pod = run(synth({ entry, maxAttempts: 1 }));
    expect(await pod.ended).toBe(80);
    expect(pod.output).toMatch(/RangeError: no knife for apple \(at peel \(.*worker\.ts:8:9\)\)/);
  });

  test('so does what is thrown before the worker runs, without much of the minified line', async () => {
    const entry = source('worker.ts', `const a: number = 1;\n\nthrow new Error('no ' + a);\n`);
    const pod = run(synth({ entry }));
    expect(await pod.ended).toBe(1);
    expect(pod.output).toMatch(/^Error: no 1\n +at .*worker\.ts:3:7/m);
    expect(pod.output.length).toBeLessThan(2_000);
  });
});

test('arguments, variables and the /tmp of the container reach the script; its working directory is writable', async () => {
  const entry = source(
    'worker.ts',
    `import { writeFileSync } from 'node:fs';
     writeFileSync('here', '');
     console.log(JSON.stringify([process.argv.slice(1), process.env.COLOUR, typeof require, __dirname]));`,
  );
  const pod = run(synth({ entry, args: ['--fast'], env: { COLOUR: kplus.EnvValue.fromValue('red') } }));
  await pod.ended;
  const [argv, colour, require, directory] = JSON.parse(pod.lines[0] as string);
  expect(argv).toEqual([expect.stringMatching(/\/worker\/bundle\.mjs$/), '--fast']);
  expect([colour, require, directory]).toEqual(['red', 'function', expect.stringMatching(/\/worker\/?$/)]);
});

test('a bundle in several parts runs as one', async () => {
  const noise = Array.from({ length: 60_000 }, (_, i) =>
    Math.sin(i + 1)
      .toString(36)
      .slice(2),
  );
  source('noise.json', JSON.stringify(noise));
  const entry = source('worker.ts', `import noise from './noise.json'; console.log(noise.length, noise.at(-1));`);
  const manifests = synth({ entry });
  expect(manifests.filter(({ binaryData }) => binaryData).length).toBeGreaterThan(1);
  const pod = run(manifests);
  await pod.ended;
  expect(pod.lines[0]).toBe(`60000 ${noise.at(-1)}`);
});

test('a worker that was bundled by hand runs with its lease thread beside it, and says so where that is missing', async () => {
  const bundleByHand = (threads: object) => {
    const outdir = mkdtempSync(join(root, 'out-'));
    const entryPoints = { worker: 'examples/walkthrough/worker.ts', ...threads };
    buildSync({ absWorkingDir: join(__dirname, '..'), entryPoints, outdir, bundle: true, platform: 'node' });
    const env = { ...process.env, REDIS_URL: server.url, WORK_QUEUE_SETTLE_MS: '0' };
    const { status, stdout, stderr } = spawnSync(process.execPath, ['worker.js'], {
      cwd: outdir,
      env,
      encoding: 'utf8',
    });
    return [status, stdout + stderr];
  };
  await redis.rpush('job2', 'apple');
  expect(bundleByHand({})).toEqual([81, expect.stringMatching(/lease-thread\.js is missing: .*bundled beside it/)]);
  expect(bundleByHand({ 'lease-thread': 'cdk8s-redis-work-queue/worker/lease-thread' })).toEqual([
    0,
    expect.stringContaining('Working on apple'),
  ]);
});

describe('a filler', () => {
  const filler = (body: string) => ({
    entry: source(
      'fill.ts',
      `import { defineQueue, runFiller } from 'cdk8s-redis-work-queue/worker';
       await runFiller(defineQueue({ name: '${queueName}' }), async function* () { ${body} });`,
    ),
  });

  test('fills and seals, once however often it runs', async () => {
    const manifests = synth({ image: 'worker', filler: filler(`console.log('asked'); yield 'a'; yield 'b';`) });
    const first = run(manifests, 'fruit-fill');
    expect([await first.ended, first.output]).toEqual([0, expect.stringContaining(`Sealed ${queueName} with 2 items`)]);
    const again = run(manifests, 'fruit-fill');
    expect([await again.ended, again.output]).toEqual([0, 'Sealed before, with 2 items\n']);
    expect(await redis.lrange(queueName, 0, -1)).toEqual(['a', 'b']);
    const { batch } = await redis.hgetall(queueKeys(queueName).meta);
    expect(batch).toMatch(/^[0-9a-f]{16}$/);
  });

  test('that fails leaves the queue open, and goes on where it stopped', async () => {
    const manifests = synth({
      image: 'worker',
      filler: filler(`yield 'a'; yield 'b'; if (process.env.BROKEN) throw new Error('no more'); yield 'c';`),
    });
    const broken = run(manifests, 'fruit-fill', { BROKEN: 'yes' });
    expect([await broken.ended, broken.output]).toEqual([
      1,
      expect.stringMatching(/Error: no more\n +at .*fill\.ts:2:/),
    ]);
    expect(await redis.hget(queueKeys(queueName).meta, 'sealed')).toBeNull();
    const whole = run(manifests, 'fruit-fill');
    expect([await whole.ended, whole.output]).toEqual([0, expect.anything()]);
    expect(await redis.lrange(queueName, 0, -1)).toEqual(['a', 'b', 'c']);
  });

  test('of another queue or another batch is refused', async () => {
    const manifests = synth({ image: 'worker', filler: filler(`yield 'a';`) });
    const other = run(manifests, 'fruit-fill', { WORK_QUEUE_NAME: 'vegetables' });
    expect([await other.ended, other.output]).toEqual([81, expect.stringContaining('the chart names vegetables')]);
    expect(await run(manifests, 'fruit-fill').ended).toBe(0);
    const later = run(manifests, 'fruit-fill', { WORK_QUEUE_BATCH: 'later' });
    expect([await later.ended, later.output]).toEqual([81, expect.stringMatching(/another batch/)]);
  });

  test('of another batch replaces one that is done; that one is neither asked for nor pushed again', async () => {
    const manifests = synth({ image: 'worker', filler: filler(`console.log('asked'); yield 'a';`) });
    const batch = (name: string) => run(manifests, 'fruit-fill', { WORK_QUEUE_BATCH: name });
    expect(await batch('monday').ended).toBe(0);
    await redis.del(queueName);
    await redis.hset(queueKeys(queueName).meta, { claimed: 1, done: 1 });
    const tuesday = batch('tuesday');
    expect([await tuesday.ended, tuesday.output]).toEqual([0, expect.stringContaining('Sealed')]);
    const late = batch('monday');
    expect([await late.ended, late.output]).toEqual([
      0,
      'Batch monday was done before, with 1 item: nothing is pushed\n',
    ]);
    expect(await redis.lrange(queueName, 0, -1)).toEqual(['a']);
  });

  test('ended by SIGTERM says so, and does not seal', async () => {
    const manifests = synth({
      image: 'worker',
      filler: filler(`yield 'a'; console.log('waiting'); await new Promise(() => setInterval(() => {}, 1000));`),
    });
    const pod = run(manifests, 'fruit-fill');
    await pod.line('waiting');
    pod.kill('SIGTERM');
    expect(await pod.ended).toBe(143);
    expect(await redis.hget(queueKeys(queueName).meta, 'sealed')).toBeNull();
  });
});
