import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, Testing } from 'cdk8s';
import { RedisWorkQueueJob, type RedisWorkQueueJobProps } from 'cdk8s-redis-work-queue';
import { defineQueue, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import Redis from 'ioredis';
import { LocalCluster, type StartOptions } from '../../local/cluster';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { startTcpProxy } from '../../local/tcp-proxy';
import { leaseRenewed } from '../queue-under-test';
import { findPython } from './find-python';
import { synthesize } from './synthesize';

const ROOT = join(__dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/python');

/** A worker whose handler does what the payload says. */
const BY_PAYLOAD = `
import os, sys, time
sys.dont_write_bytecode = True
from rediswq import Unrecoverable, run_worker

def handle(item):
    what, _, detail = item.text.partition(" ")
    print(f"{item.attempt}: {item.text}", flush=True)
    if what == "fail" and item.attempt <= int(detail):
        raise ValueError("not yet")
    if what == "hopeless":
        raise Unrecoverable("gone")
    if what == "die":
        os._exit(137)
    if what == "compute":
        end = time.process_time() + float(detail)
        while time.process_time() < end:
            pass
    if what == "spin":
        while not os.path.exists(detail):
            pass
    if what == "until":
        while not os.path.exists(detail):
            time.sleep(0.02)
        print(f"lost: {item.lost.is_set()}", flush=True)
    if what == "token":
        return item.token

run_worker(handle, results=True)
`;

/** Also on a machine with much to do it is renewed in time. */
const LEASE = Duration.seconds(6);

/** A worker of this package at the same queue. */
const TYPESCRIPT = `
const { defineQueue, runWorker } = require(${JSON.stringify(join(ROOT, 'build/worker'))});
runWorker(defineQueue({ name: 'q' }), (item, { attempt }) => console.log(attempt + ': ' + item));
`;

function withPython(python: string): void {
  let server: RedisServer;
  let redis: Redis;
  let queue: WorkQueue<string>;
  let scratch: string;
  let cluster: LocalCluster;

  beforeAll(async () => {
    server = await startRedisServer({ appendOnly: true });
    redis = new Redis(server.port);
    queue = new WorkQueue(defineQueue({ name: 'q' }), { url: server.url });
  });

  afterAll(async () => {
    redis?.disconnect();
    await queue?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'python-'));
    await redis.flushall();
  });

  afterEach(async () => {
    await cluster?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const env = { PYTHONPATH: join(ROOT, 'clients/python'), PYTHONDONTWRITEBYTECODE: '1', WORK_QUEUE_LOG: 'text' };

  /** The Job and its fill Job, with these items. */
  function apply(props: Partial<RedisWorkQueueJobProps>) {
    const chart = Testing.chart();
    new RedisWorkQueueJob(chart, 'q', {
      queueName: 'q',
      jobName: 'q',
      image: 'python',
      lease: LEASE,
      ...props,
    });
    cluster = new LocalCluster({ redisUrl: server.url }).apply(Testing.synth(chart));
  }

  async function fill(items: string[], props: Partial<RedisWorkQueueJobProps> = {}) {
    apply({ items, ...props });
    expect(await cluster.run('q-fill')).toEqual([0]);
  }

  const start = (options: StartOptions = {}) =>
    cluster.start('q', { image: [python, '-c', BY_PAYLOAD], env, ...options })[0]!;

  test('the example as it is: nine fruits, two workers, each once', async () => {
    cluster = new LocalCluster({ redisUrl: server.url }).apply(await synthesize('python'));
    expect(await cluster.run('fruit-python-fill')).toEqual([0]);
    const pods = cluster.start('fruit-python', { image: [python, join(EXAMPLE, 'worker.py')], env });
    expect(await Promise.all(pods.map((pod) => pod.ended))).toEqual([0, 0]);
    const done = pods.flatMap((pod) => pod.all(/^Working on (.*)/));
    expect(done.sort()).toEqual(['apple', 'banana', 'cherry', 'date', 'fig', 'grape', 'lemon', 'melon', 'orange']);
    for (const pod of pods)
      expect(pod.lines.at(-1)).toMatch(/^Queue empty, all done \(exit 0\).*; queue: 9 items, 9 done, 0 dead$/);
  });

  test('beside a TypeScript worker at the same queue: every item once', async () => {
    const items = Array.from({ length: 200 }, (_, i) => `item ${i}`);
    await fill(items);
    const pods = [start(), start({ image: ['node', '-e', TYPESCRIPT] })];
    expect(await Promise.all(pods.map((pod) => pod.ended))).toEqual([0, 0]);
    expect(pods.flatMap((pod) => pod.all(/^1: (.*)/)).sort()).toEqual(items.sort());
  });

  test('failures are tried again and become dead letters; results are kept; the process ends with 80', async () => {
    await fill(['fail 1', 'fail 9', 'hopeless', 'token'], { maxAttempts: 2 });
    expect(await start().ended).toBe(80);
    expect(await queue.status()).toMatchObject({ claimed: 4, done: 2, dead: 2, leased: 0, retrying: 0 });
    const letters = [];
    for await (const { item, reason, attempts, error, history } of queue.deadLetters()) {
      letters.push({ item, reason, attempts, error, before: history.map((failure) => failure.error) });
    }
    expect(letters.sort((a, b) => a.attempts - b.attempts)).toEqual([
      { item: 'hopeless', reason: 'handler', attempts: 1, error: 'Unrecoverable: gone', before: [] },
      {
        item: 'fail 9',
        reason: 'handler',
        attempts: 2,
        error: 'ValueError: not yet',
        before: ['ValueError: not yet'],
      },
    ]);
    const results = [];
    for await (const { item, result } of queue.results()) results.push([item, result]);
    const epoch = await redis.hget('{q}:meta', 'epoch');
    expect(results).toContainEqual(['token', expect.stringMatching(new RegExp(`^\\d{16}-${epoch}$`))]);
    // What was charged before and is done now leaves nothing behind.
    expect(await redis.exists('{q}:attempts')).toBe(0);
  });

  test('dead letters are no failure where the chart tolerates them', async () => {
    await fill(['hopeless'], { tolerateDeadLetters: true });
    expect(await start().ended).toBe(0);
  });

  test('a handler that computes for longer than the lease keeps its item', async () => {
    const go = join(scratch, 'go');
    await fill([`spin ${go}`]);
    const pods = [start(), start()];
    await Promise.all(pods.map((pod) => pod.line('Worker with sessionID')));
    await Promise.race(pods.map((pod) => pod.line(/^1: spin/)));
    await leaseRenewed(redis, 'q', LEASE.toMilliseconds());
    writeFileSync(go, '');
    expect(await Promise.all(pods.map((pod) => pod.ended))).toEqual([0, 0]);
    expect(pods.flatMap((pod) => pod.all(/^(.*: spin)/))).toEqual(['1: spin']);
  });

  test('what a killed worker held is run by another one, and charged', async () => {
    const go = join(scratch, 'go');
    await fill([`until ${go}`]);
    const first = start();
    await first.line(/^1: until/);
    first.kill('SIGKILL');
    const second = start();
    await second.line(/^2: until/);
    writeFileSync(go, '');
    expect(await second.ended).toBe(0);
  });

  test('an item that kills its worker runs alone in the end and is a dead letter', async () => {
    await fill(['die', 'ok'], { maxAttempts: 2 });
    const codes = [];
    for (let pods = 0; pods < 3; pods++) codes.push(await start().ended);
    expect(codes).toEqual([137, 137, 80]);
    expect(await queue.status()).toMatchObject({ done: 1, dead: 1 });
  });

  test('a worker that was stopped past its lease settles nothing, says so and goes on', async () => {
    const go = join(scratch, 'go');
    await fill([`until ${go}`]);
    const first = start();
    await first.line(/^1: until/);
    first.kill('SIGSTOP');
    const second = start();
    await second.line(/^2: until/);
    first.kill('SIGCONT');
    await first.line(/the lease was lost/);
    writeFileSync(go, '');
    expect(await first.line(/^lost/)).toBe('lost: True');
    expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
    expect(await queue.status()).toMatchObject({ claimed: 1, done: 1 });
  });

  test('SIGTERM: the item may end, then 143', async () => {
    const go = join(scratch, 'go');
    await fill([`until ${go}`, 'ok']);
    const pod = start();
    await pod.line(/^1: until/);
    pod.kill('SIGTERM');
    writeFileSync(go, '');
    expect(await pod.ended).toBe(143);
    expect(await queue.status()).toMatchObject({ done: 1, waiting: 1, leased: 0, retrying: 0 });
  });

  test('SIGTERM: at the end of the grace period the item goes back, uncharged', async () => {
    await fill([`until ${join(scratch, 'never')}`], { terminationGracePeriod: Duration.seconds(2) });
    const pod = start();
    await pod.line(/^1: until/);
    pod.kill('SIGTERM');
    expect(await pod.ended).toBe(143);
    expect(await queue.status()).toMatchObject({ done: 0, retrying: 1, leased: 0 });
    expect(await redis.exists('{q}:attempts')).toBe(0);
  });

  test('Redis goes and comes back: nothing is run twice', async () => {
    await fill(['compute 1', 'compute 1', 'ok']);
    const pod = start();
    await pod.line(/^1: compute/);
    await server.restart('SIGKILL');
    expect(await pod.ended).toBe(0);
    expect(pod.all(/^(\d: .*)/)).toEqual(['1: compute 1', '1: compute 1', '1: ok']);
  });

  test('Redis becomes a replica and goes on answering: the worker leaves it', async () => {
    // With a shorter one calls would time out while writes are paused, and so come to the new primary.
    await fill(['compute 1', 'compute 1', 'ok'], { lease: Duration.seconds(20) });
    const replica = await startRedisServer({ args: ['--replicaof', '127.0.0.1', String(server.port)] });
    const service = await startTcpProxy({ port: server.port });
    try {
      while ((await redis.wait(1, 1_000)) < 1);
      const pod = start({ env: { ...env, REDIS_URL: service.url, WORK_QUEUE_STORE_TIMEOUT_MS: '10000' } });
      await pod.line(/^1: compute/);
      await redis.call('FAILOVER', 'TO', '127.0.0.1', replica.port);
      service.switchTo(replica.port);
      expect(await pod.ended).toBe(0);
      expect(pod.all(/^(\d: .*)/)).toEqual(['1: compute 1', '1: compute 1', '1: ok']);
    } finally {
      await service.close();
      await replica.stop();
      await redis.replicaof('NO', 'ONE');
    }
  });

  test('a handler that hangs past its timeout ends the process with 85, and only its item is charged', async () => {
    await fill([`until ${join(scratch, 'never')}`], { itemTimeout: Duration.millis(100) });
    expect(await start().ended).toBe(85);
    expect(await queue.status()).toMatchObject({ retrying: 1, leased: 0 });
    const [charge, failure] = String(await redis.hget('{q}:attempts', '1')).split('\n');
    expect(charge).toBe('1 0');
    expect(JSON.parse(failure as string)).toMatchObject({
      attempt: 1,
      error: 'ItemTimeoutError: did not return 5000 ms after its timeout of 100 ms',
    });
  });

  describe('endings', () => {
    test('81: another protocol version', async () => {
      await fill(['ok'], { gate: false });
      await redis.hset('{q}:meta', 'version', '2');
      const pod = start();
      expect(await pod.ended).toBe(81);
      expect(pod.lines.at(-1)).toContain('protocol version 2, this worker speaks 1');
    });

    test('81: the list is no list', async () => {
      apply({ gate: false });
      await redis.set('q', 'text');
      expect(await start().ended).toBe(81);
    });

    test('82: Redis came back empty', async () => {
      await fill(['compute 1', 'ok']);
      const pod = start();
      await pod.line(/^1: compute/);
      await redis.flushall();
      expect(await pod.ended).toBe(82);
      expect(pod.lines.at(-1)).toContain('data lost');
    });

    test('82: the gate saw a fill that is gone', async () => {
      await fill(['ok'], { settle: Duration.millis(100), lease: Duration.seconds(1) });
      await redis.flushall();
      cluster.object('Job', 'q').spec.template.spec.initContainers = [];
      expect(await start().ended).toBe(82);
    });

    test('83: nobody filled it', async () => {
      apply({ gate: false, startTimeout: Duration.seconds(1) });
      const pod = start();
      expect(await pod.ended).toBe(83);
      expect(pod.lines.at(-1)).toContain('was not filled within 1 s');
    });

    test('84: Redis is nowhere', async () => {
      apply({ gate: false, storeTimeout: Duration.seconds(1) });
      const pod = start({ env: { ...env, REDIS_URL: 'redis://127.0.0.1:1' } });
      expect(await pod.ended).toBe(84);
      expect(pod.lines.at(-1)).toContain('Redis did not answer for 1 s');
    });
  });
}

const python = findPython();
if (python) {
  describe('examples/python', () => withPython(python));
} else {
  test('examples/python/worker.py was NOT TESTED: no python3 here has the module redis (apt-get install python3-redis)', () => {
    console.warn('examples/python/worker.py was NOT TESTED: no python3 here has the module redis.');
  });
}
