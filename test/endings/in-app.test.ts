import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineQueue, type Handler, HandlerHungError, startWorker } from 'cdk8s-redis-work-queue/worker';
import { EXIT } from '../../worker/contract';
import { useQueue } from '../queue-under-test';
import { startWorker as startProcess, type WorkerProcess } from '../worker-process';

// A worker inside an app: what it tells the app, and what the exit of the process says where the app is the program of a Job.

const queue = useQueue();
const quiet = { info() {}, warn() {} };

const start = (handler: Handler<string>, env: Record<string, string> = {}) =>
  startWorker(defineQueue({ name: queue.name }), handler, {
    log: quiet,
    env: { REDIS_URL: queue.server.url, WORK_QUEUE_SETTLE_MS: '0', ...env },
  });

/** A handler whose items run until they are let go, or their signal is aborted. */
function held() {
  const started: string[] = [];
  let letGo = () => {};
  const free = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let begun = () => {};
  const running = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const handler: Handler<string> = async (item, { signal }) => {
    started.push(item);
    begun();
    await Promise.race([
      free,
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ]);
  };
  return { handler, started, running, letGo };
}

describe('in the process of an app', () => {
  test('it drains the queue, and leaves the process alone', async () => {
    await queue.fill('apple', 'banana', 'cherry');
    const events = ['SIGTERM', 'SIGINT', 'uncaughtException', 'unhandledRejection', 'exit'];
    const listeners = () => events.map((event) => process.listenerCount(event));
    const before = listeners();
    const seen: string[] = [];
    const worker = start((item) => {
      seen.push(item);
      expect(listeners()).toEqual(before);
    });
    expect(await worker.drained).toEqual({
      kind: 'drained',
      counts: expect.objectContaining({ claimed: 3, done: 3, dead: 0, dropped: 0 }),
    });
    expect(seen).toEqual(['apple', 'banana', 'cherry']);
    expect(worker.tally).toEqual({ started: 3, done: 3, failed: 0, dead: 0, stale: 0 });
    expect(listeners()).toEqual(before);
    expect(await worker.stop()).toMatchObject({ kind: 'drained' });
  });

  test('dead letters are the matter of the app', async () => {
    await queue.fill('apple', 'banana');
    const worker = start(
      (item) => {
        if (item === 'apple') throw new Error('no');
      },
      { WORK_QUEUE_MAX_ATTEMPTS: '1' },
    );
    expect(await worker.drained).toMatchObject({ kind: 'drained', counts: { claimed: 2, done: 1, dead: 1 } });
  });

  test('stopped, it lets running items finish, and gives back the others', async () => {
    await queue.fill('apple', 'banana', 'cherry');
    const { handler, started, running, letGo } = held();
    const worker = start(handler);
    await running;
    const stopped = worker.stop();
    letGo();
    expect(await stopped).toEqual({ kind: 'left', counts: expect.objectContaining({ done: 1 }) });
    expect(started).toEqual(['apple']);
    expect(await worker.drained).toMatchObject({ kind: 'left' });
    expect(await queue.attempts()).toEqual({});
    expect(await start(() => {}).drained).toMatchObject({ counts: { done: 3 } });
  });

  test('stopped again with no time left, it aborts what runs and gives it back without a charge', async () => {
    await queue.fill('apple');
    const { handler, running } = held();
    const worker = start(handler);
    await running;
    const first = worker.stop({ within: 3_600_000 });
    expect(await worker.stop({ within: 0 })).toMatchObject({ kind: 'left' });
    expect(await first).toMatchObject({ kind: 'left' });
    expect(await queue.attempts()).toEqual({});
    expect(await queue.redis.zcard(queue.keys.leases)).toBe(0);
  });

  test('several of them work side by side', async () => {
    await queue.fill('apple');
    const one = start(() => {});
    queue.name = `${queue.name}-other`;
    await queue.fill('banana', 'cherry');
    const other = start(() => {});
    expect(await one.drained).toMatchObject({ counts: { done: 1 } });
    expect(await other.drained).toMatchObject({ counts: { done: 2 } });
  });

  test('a handler that hangs: it ends with an error, the item is charged, and others go back', async () => {
    await queue.fill('hang', 'apple');
    const env = { WORK_QUEUE_ITEM_TIMEOUT_MS: '200', WORK_QUEUE_CONCURRENCY: '2' };
    const { running, handler: waits } = held();
    const worker = start((item, context) => (item === 'hang' ? new Promise(() => {}) : waits(item, context)), {
      ...env,
      WORK_QUEUE_MAX_ATTEMPTS: '9',
    });
    await running;
    const error = await worker.drained.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(HandlerHungError);
    expect(error).toMatchObject({ exitCode: EXIT.handlerHung, message: 'A handler did not return after its timeout' });
    expect(await queue.attempts()).toMatchObject({ 1: '1 0' });
    expect(await queue.redis.zcard(queue.keys.leases)).toBe(0);
    await expect(worker.stop()).rejects.toBe(error);
  });

  test('a Redis out of reach is an error with its exit code', async () => {
    const env = { REDIS_URL: 'redis://127.0.0.1:1', WORK_QUEUE_STORE_TIMEOUT_MS: '1' };
    await expect(start(() => {}, env).drained).rejects.toMatchObject({ name: 'StoreUnreachableError', exitCode: 84 });
  });

  test.each<[string, () => unknown, string]>([
    ['no queue', () => startWorker(undefined as never, () => {}), 'startWorker was given no queue'],
    ['no handler', () => start('apple' as never), 'startWorker was given string as the handler of queue-'],
    [
      'an unknown option',
      () => startWorker(defineQueue({ name: 'job2' }), () => {}, { concurrency: 2 } as never),
      'startWorker has no option concurrency: concurrency is set by the prop concurrency of the chart',
    ],
    ['another queue', () => start(() => {}, { WORK_QUEUE_NAME: 'job2' }), 'the chart names job2'],
    ['no store', () => start(() => {}, { REDIS_URL: '' }), 'the address of Redis is missing'],
  ])('refuses %s at once', (_, call, message) => {
    expect(call).toThrow(expect.objectContaining({ name: 'ConfigurationError', exitCode: 81 }));
    expect(call).toThrow(message);
  });

  test.each([-1, Number.NaN, '5' as never])('refuses to stop within %p', async (within) => {
    await queue.fill();
    const worker = start(() => {});
    expect(() => worker.stop({ within })).toThrow(
      new RangeError(`within is ${within}; allowed are milliseconds, from 0 on`),
    );
    await worker.drained;
  });
});

describe('in the program of a Job', () => {
  const RUNTIME = JSON.stringify(join(__dirname, '../../build/worker/index.js'));
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'in-app-'));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** An app whose handler and whose life are given; \`worker\` is what it started. */
  function app(handler: string, life: string, env: Record<string, string | number | undefined> = {}): WorkerProcess {
    const program = join(root, 'app.cjs');
    writeFileSync(
      program,
      `const { defineQueue, startWorker } = require(${RUNTIME});
       const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
       const worker = startWorker(defineQueue({ name: '${queue.name}' }), async (item, { signal }) => { ${handler} });
       (async () => { ${life} })();`,
    );
    const settings = { WORK_QUEUE_NAME: queue.name, WORK_QUEUE_SETTLE_MS: 0, WORK_QUEUE_MAX_ATTEMPTS: 1, ...env };
    return startProcess({ url: queue.server.url, program, env: settings });
  }

  const WAIT = `console.log('at', item); await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));`;

  test.each([
    ['the program ends by itself', 'await worker.drained;'],
    ['it calls process.exit', 'await worker.drained; process.exit(0);'],
    ['it does something else', 'const { kind } = await worker.drained; setTimeout(() => console.log(kind), 10);'],
  ])('0 stands once the queue is drained: %s', async (_, life) => {
    await queue.fill('apple');
    expect(await app('', life).ended).toMatchObject({ code: 0, terminationMessage: undefined });
  });

  test.each([
    ['it does not wait', '', 'process.exit(0);', {}, 81, 'before its worker had drained the queue'],
    ['a handler exits', 'process.exit(0);', 'await worker.drained;', {}, 81, 'before its worker had drained the queue'],
    [
      'it stops the worker',
      WAIT,
      'worker.stop({ within: 0 }); await worker.drained;',
      {},
      81,
      'its worker did not (exit 81): It was stopped, items are left',
    ],
    [
      'an item is a dead letter',
      `throw new Error('no');`,
      'await worker.drained;',
      {},
      80,
      'its worker did not (exit 80): Queue empty, but 1 item is a dead letter',
    ],
    [
      'Redis is away',
      '',
      'await worker.drained.catch(() => {});',
      { REDIS_URL: 'redis://127.0.0.1:1', WORK_QUEUE_STORE_TIMEOUT_MS: 1 },
      84,
      'its worker did not (exit 84): ',
    ],
  ])('no 0 stands otherwise: %s', async (_, handler, life, env, code, why) => {
    await queue.fill('apple');
    const ended = await app(handler, life, env).ended;
    expect(ended).toMatchObject({ code, summary: expect.stringContaining(why) });
    expect(ended.terminationMessage).toBe(ended.summary);
  });

  test('tolerated dead letters are no failure', async () => {
    await queue.fill('apple');
    const env = { WORK_QUEUE_TOLERATE_DEAD_LETTERS: 'true' };
    expect(await app(`throw new Error('no');`, 'await worker.drained;', env).ended).toMatchObject({ code: 0 });
  });

  const away = { REDIS_URL: 'redis://127.0.0.1:1', WORK_QUEUE_STORE_TIMEOUT_MS: 1 };
  test.each([
    ['it passes on the code of the error', 'await worker.drained.catch((error) => process.exit(error.exitCode));', 84],
    ['nobody catches the error', 'await worker.drained;', 84],
    [
      'another code of the contract is nothing that it may claim',
      'await worker.drained.catch(() => process.exit(80));',
      1,
    ],
    ['a code of its own', 'await worker.drained.catch(() => process.exit(7));', 7],
  ])('a worker that fails: %s', async (_, life, code) => {
    expect(await app('', life, away).ended).toMatchObject({ code });
  });

  test.each([
    [
      'by the handler of the app',
      `process.once('SIGTERM', async () => { await worker.stop({ within: 0 }); process.exit(0); });`,
      60_000,
    ],
    [
      'though the handler of the app takes longer than the pod has',
      `process.once('SIGTERM', () => worker.stop());`,
      3_000,
    ],
    ['though the app has no handler', '', 3_000],
  ])('SIGTERM: 143, and what was in hand goes back uncharged, %s', async (_, life, grace) => {
    await queue.fill('apple', 'banana');
    const worker = app(WAIT, life, { WORK_QUEUE_GRACE_MS: grace });
    await worker.line('at apple');
    worker.kill('SIGTERM');
    expect(await worker.ended).toMatchObject({ code: 143, summary: 'Ended by SIGTERM, items are left (exit 143)' });
    expect(await queue.attempts()).toEqual({});
    expect(await queue.redis.zcard(queue.keys.leases)).toBe(0);
  });

  describe("without the variables of a chart, the process is the app's alone", () => {
    const alone = { WORK_QUEUE_NAME: undefined };

    test('it ends with 0 while its worker is at work', async () => {
      await queue.fill('apple');
      expect(await app('', 'process.exit(0);', alone).ended).toMatchObject({ code: 0 });
    });

    test('SIGTERM ends it as it ends any program', async () => {
      await queue.fill('apple');
      const worker = app(WAIT, '', { ...alone, WORK_QUEUE_LEASE_MS: 4_000 });
      await worker.line('at apple');
      // The lease thread, which would hear of it first, is there.
      await queue.renewed();
      worker.kill('SIGTERM');
      expect(await worker.ended).toMatchObject({ code: 'SIGTERM', terminationMessage: undefined });
    });
  });

  test('a handler that blocks the process: others get the item, and the app goes on once it is free', async () => {
    await queue.fill('apple');
    const go = join(root, 'go');
    const worker = app(
      `if (!require('fs').existsSync('${go}')) { console.log('blocks'); while (!require('fs').existsSync('${go}')) block(20); }`,
      'console.log((await worker.drained).kind);',
      { WORK_QUEUE_ITEM_TIMEOUT_MS: 100, WORK_QUEUE_MAX_ATTEMPTS: 9 },
    );
    await worker.line('blocks');
    await queue.until(
      'the item is charged',
      () => queue.attempts(),
      (attempts) => attempts[1] === '1 0',
    );
    writeFileSync(go, '');
    expect(await worker.ended).toMatchObject({ code: 0 });
    expect(worker.lines).toContain('drained');
  });
});
