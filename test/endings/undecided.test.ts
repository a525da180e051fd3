import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../worker/contract';
import { useQueue } from '../queue-under-test';
import { startWorker, type WorkerProcess } from '../worker-process';

// Programs that import the runtime of a worker and end without it, or in spite of it. None of them may end with 0.

const RUNTIME = JSON.stringify(join(__dirname, '../../build/worker/index.js'));

const queue = useQueue();
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'undecided-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

type Env = Readonly<Record<string, string | number | undefined>>;

/** Runs a program; `RUNTIME` in it is the file of the runtime. */
function run(name: `${string}.${'cjs' | 'mjs'}`, text: string, env: Env = {}): WorkerProcess {
  const program = join(root, name);
  writeFileSync(program, text.replaceAll('RUNTIME', RUNTIME));
  return startWorker({ url: queue.server.url, program, env: { WORK_QUEUE_NAME: queue.name, ...env } });
}

const IMPORT = `const { defineQueue, runWorker, WorkQueue } = require(RUNTIME);`;
const BEFORE =
  'the program ended with 0 before runWorker or runFiller was called, so nothing says that the work is done';

describe('a program that ends without runWorker ends with 81, and says so', () => {
  test.each([
    ['it never calls it', ''],
    ['it exits', 'process.exit();'],
    ['it exits with 0', 'process.exit(0);'],
    ['it sets the code to 0', 'process.exitCode = 0;'],
    ['it swallows the error of its setup', `(async () => { throw new Error('no bucket'); })().catch(console.error);`],
    ['it swallows an uncaught one', `process.on('uncaughtException', console.error); throw new Error('no bucket');`],
    [
      'it catches one in a domain',
      `const d = require('domain').create(); d.on('error', console.error); d.run(() => { setTimeout(() => { throw new Error('x'); }) });`,
    ],
    ['all that it waits for is unreferenced', 'setTimeout(() => runWorker(), 60_000).unref();'],
    ['it exits when nothing is left to do', `process.on('beforeExit', () => process.exit(0));`],
    ['it exits below process.exit', 'process.reallyExit(0);'],
    ['it exits with 256, which the system takes for 0', 'process.exit(256);'],
    ['it exits with -256', 'process.exit(-256);'],
    ['it sets the code to 512', 'process.exitCode = 512;'],
    ['a hook sets it', `process.on('exit', () => { process.exitCode = 256; });`],
    ['it exits below process.exit with what is no number', `process.reallyExit('0');`],
    ['it exits below process.exit with less than 1', 'process.reallyExit(0.5);'],
    ['a hook exits', `process.on('exit', () => process.exit(0));`],
    ['a hook throws', `process.on('exit', () => { throw new Error('hook'); }); process.exit(0);`],
    ['all hooks are removed', `process.removeAllListeners('exit');`],
    ['it emits by itself', `process.emit = require('events').prototype.emit; process.exit(0);`],
    ['it emits by itself, and lets the event loop end', `process.emit = require('events').prototype.emit;`],
    [
      'a wrapper emits',
      `const { emit } = process; process.emit = (...all) => { const r = emit.apply(process, all); process.exitCode = 0; return r; };`,
    ],
    [
      'a wrapper exits',
      `const { reallyExit } = process; process.reallyExit = () => reallyExit.call(process, 0); process.exit(1 - 1);`,
    ],
  ])('%s', async (_, text) => {
    const { code, summary, terminationMessage } = await run('worker.cjs', `${IMPORT}\n${text}`).ended;
    expect(code).toBe(EXIT.configuration);
    expect(terminationMessage).toContain(BEFORE);
    if (!text.includes('throw')) expect(summary).toContain(BEFORE);
  });

  test('with a second copy of the runtime', async () => {
    const copy = `for (const file in require.cache) delete require.cache[file];`;
    const worker = run(
      'worker.cjs',
      `${IMPORT}\n${copy}\n${IMPORT.replace('const', 'var again =').replace(/\{.*\} =/, '')}`,
    );
    expect(await worker.ended).toMatchObject({ code: EXIT.configuration });
    expect(worker.count(BEFORE)).toBe(1);
  });
});

describe('what ends a program by itself keeps its code', () => {
  test.each([
    ['an uncaught error', `throw new Error('no bucket');`, 1],
    ['a rejection', `Promise.reject(new Error('no bucket'));`, 1],
    [
      'an uncaught error whose hook says 0',
      `process.on('exit', () => { process.exitCode = 0; }); throw new Error('no bucket');`,
      1,
    ],
    [
      'an uncaught error whose hook exits with 0',
      `process.on('exit', () => process.exit(0)); throw new Error('no bucket');`,
      1,
    ],
    ['a code of its own', 'process.exit(7);', 7],
    ['a code of its own whose hook says 0', `process.on('exit', () => { process.exitCode = 0; }); process.exit(7);`, 7],
    ['a hook that throws', `process.on('exit', () => { throw new Error('hook'); });`, 1],
    ['a queue that is wrong where it is defined', `defineQueue({ name: '' });`, 81],
    ['a code of the contract, which is not its own', 'process.exit(80);', 1],
    ['what the system takes for one', 'process.exit(256 + 80);', 1],
    ['that of an interruption, which there was not', 'process.exit(143);', 1],
  ])('%s', async (_, text, code) => {
    const worker = run('worker.cjs', `${IMPORT}\n${text}`);
    expect(await worker.ended).toMatchObject({ code });
    if (text.startsWith('throw')) expect(worker.lines.join('\n')).toMatch(/Error: no bucket\n +at /);
  });

  test('a top-level await that is never settled', async () => {
    const worker = run('worker.mjs', `import ${RUNTIME}; await new Promise(() => {});`);
    expect(await worker.ended).toMatchObject({ code: 13 });
  });
});

describe('told to stop before runWorker', () => {
  const UP = `setInterval(() => {}, 1_000); console.log('up');`;
  const stopped = async (worker: WorkerProcess, signal: NodeJS.Signals = 'SIGTERM') => {
    await worker.line('up');
    worker.kill(signal);
    return worker.ended;
  };

  test.each([
    ['SIGTERM', EXIT.terminated],
    ['SIGINT', EXIT.interrupted],
  ] as const)('%s ends it with %i', async (signal, code) => {
    const summary = `Ended by ${signal} before runWorker was called (exit ${code})`;
    expect(await stopped(run('worker.cjs', `${IMPORT} ${UP}`), signal)).toEqual({
      code,
      summary,
      terminationMessage: summary,
    });
  });

  test.each([
    ['it exits with 0', `process.on('SIGTERM', () => process.exit(0));`],
    ['it exits with 0 later', `process.on('SIGTERM', () => setTimeout(() => process.exit(), 50));`],
    [
      'it lets the event loop end',
      `process.on('SIGTERM', () => clearInterval(up)); const up = setInterval(() => {}, 1_000);`,
    ],
    ['it throws', `process.on('SIGTERM', () => { throw new Error('stop'); });`],
    ['it was there before', ''],
  ])('with a handler of its own, %s: 143', async (_, handler) => {
    const early = handler ? '' : `process.on('SIGTERM', () => process.exit(0));`;
    const up = handler.includes('const up') ? `console.log('up');` : UP;
    const worker = run('worker.cjs', `${early} ${IMPORT} ${handler} ${up}`);
    expect(await stopped(worker)).toMatchObject({ code: EXIT.terminated });
  });

  test('with a handler of its own that exits with a code of its own', async () => {
    const worker = run('worker.cjs', `${IMPORT} process.on('SIGTERM', () => process.exit(7)); ${UP}`);
    expect(await stopped(worker)).toMatchObject({ code: 7 });
  });

  test('a handler that only takes note: runWorker asks for no item', async () => {
    await queue.fill('apple');
    const worker = run(
      'worker.cjs',
      `${IMPORT}
       process.on('SIGTERM', () => runWorker(defineQueue({ name: '${queue.name}' }), () => console.log('started')));
       ${UP}`,
    );
    expect(await stopped(worker)).toMatchObject({
      code: EXIT.terminated,
      terminationMessage: expect.stringMatching(/^Ended by SIGTERM before it asked for items \(exit 143\)/),
    });
    expect(worker.count('started')).toBe(0);
  });

  test('a handler that does nothing: it ends before the grace period does', async () => {
    const worker = run('worker.cjs', `${IMPORT} process.on('SIGTERM', () => {}); ${UP}`, {
      WORK_QUEUE_GRACE_MS: 2_500,
    });
    expect(await stopped(worker)).toMatchObject({ code: EXIT.terminated });
  });

  test('a signal that it sends itself', async () => {
    const worker = run('worker.cjs', `${IMPORT} ${UP} process.kill(process.pid);`);
    expect(await worker.ended).toMatchObject({ code: EXIT.terminated });
  });
});

describe('what is decided stands', () => {
  /** A worker whose queue has one item. */
  const worker = (setup: string, handler: string, env: Env = {}) =>
    run(
      'worker.cjs',
      `${IMPORT}
       ${setup}
       runWorker(defineQueue({ name: '${queue.name}' }), async (item) => { ${handler} });`,
      { WORK_QUEUE_SETTLE_MS: 0, WORK_QUEUE_MAX_ATTEMPTS: 1, ...env },
    );
  const hooks: [string, string][] = [
    ['a hook that sets 0', `process.on('exit', () => { process.exitCode = 0; });`],
    ['a hook that exits with 0', `process.on('exit', () => process.exit(0));`],
    ['a hook that sets 7', `process.on('exit', () => { process.exitCode = 7; });`],
    ['a hook that exits with 7', `process.on('exit', () => process.exit(7));`],
    ['a hook below process.exit', `process.on('exit', () => process.reallyExit(7));`],
    ['a hook that throws', `process.on('exit', () => { throw new Error('hook'); });`],
    ['a hook that never returns', `process.on('exit', () => { for (;;); });`],
    ['a hook that repeats itself', `process.on('exit', (code) => process.exit(code ? 0 : 7));`],
    ['another process.exit', 'process.exit = () => {};'],
    [
      'another process.reallyExit',
      'const { reallyExit } = process; process.reallyExit = () => reallyExit.call(process, 7);',
    ],
    ['another process.emit', `process.emit = () => false;`],
  ];

  test.each(hooks)('drained is 0: %s', async (_, setup) => {
    await queue.fill('apple');
    expect(await worker(setup, '').ended).toMatchObject({ code: EXIT.drained });
  });

  test.each(hooks)('a dead letter is 80: %s', async (_, setup) => {
    await queue.fill('apple');
    expect(await worker(setup, `throw new Error('no');`).ended).toMatchObject({ code: EXIT.deadLetters });
  });

  test.each([
    ['process.exit', 'process.exit(0);'],
    [
      'process.exit, in spite of an earlier hook',
      `process.prependListener('exit', (code) => process.exit(code)); process.exit(0);`,
    ],
    ['process.exit, in spite of a later hook', `process.on('exit', () => { process.exitCode = 0; }); process.exit(0);`],
    ['process.exit without hooks', `process.removeAllListeners('exit'); process.exit(0);`],
    ['process.reallyExit', 'process.reallyExit(0);'],
    ['a code that the system takes for 0', 'process.exit(256);'],
    ['process.exit, saved before the runtime', 'exit(0);'],
    ['an exit hook of its own making', `process.exitCode = 0; process.emit('exit', 0); process.reallyExit();`],
    ['another program', `process.execve?.('/bin/true', ['true'], {}); process.exit(0);`],
  ])('a handler does not end its worker with 0: %s', async (_, handler) => {
    await queue.fill('apple', 'banana', 'cherry');
    const text = `const { exit } = process; ${IMPORT}`;
    const program = run(
      'worker.cjs',
      `${text} runWorker(defineQueue({ name: '${queue.name}' }), async () => { ${handler} });`,
      { WORK_QUEUE_MAX_ATTEMPTS: 1, WORK_QUEUE_SETTLE_MS: 0 },
    );
    const { code } = await program.ended;
    // Where there is execve, the handler fails instead.
    expect([EXIT.unexpected, EXIT.deadLetters]).toContain(code);
  });

  test('a package that restores what was there before the runtime', async () => {
    await queue.fill('apple');
    const program = run(
      'worker.cjs',
      `const { emit, reallyExit } = process;
       process.reallyExit = (code) => reallyExit.call(process, code);
       process.emit = (...all) => emit.apply(process, all);
       ${IMPORT}
       Object.assign(process, { emit, reallyExit });
       runWorker(defineQueue({ name: '${queue.name}' }), async () => { process.exit(0); });`,
    );
    expect(await program.ended).toMatchObject({ code: EXIT.unexpected });
  });
});

describe('a program that fills its batch by itself', () => {
  const fill = (batchId: string) =>
    `${IMPORT}
     (async () => {
       const client = new WorkQueue(defineQueue({ name: '${queue.name}' }));
       await client.fill(['apple'], { batchId: '${batchId}' });
       await client.close();
     })();`;

  test.each([
    ['in the pod of a filler may end with 0', 'monday', { WORK_QUEUE_RUN: undefined }, EXIT.drained],
    ['in the pod of a worker has done no work', 'monday', {}, EXIT.configuration],
    ['but another one may not', 'tuesday', { WORK_QUEUE_RUN: undefined }, EXIT.configuration],
  ])('%s', async (_, batchId, env, code) => {
    const worker = run('fill.cjs', fill(batchId), { WORK_QUEUE_BATCH: 'monday', ...env });
    expect(await worker.ended).toMatchObject({ code });
  });
});

describe('what would end a worker with 0 for something else is refused', () => {
  test('the environment of another queue', async () => {
    const text = `${IMPORT} runWorker(defineQueue({ name: 'other' }), () => {}, { env: { REDIS_URL: process.env.REDIS_URL } });`;
    const { code, summary } = await run('worker.cjs', text).ended;
    expect({ code, summary }).toEqual({
      code: EXIT.configuration,
      summary: expect.stringContaining(`written for the queue other, the chart names ${queue.name}`),
    });
  });

  test.each([
    ['runWorker', 'by a thread of a program without the runtime', ''],
    ['runWorker', 'by a thread of a program with it', 'require(RUNTIME);'],
    ['runFiller', 'by a thread', ''],
  ])('%s, called %s', async (name, _, main) => {
    await queue.fill('apple');
    const text = `const { isMainThread, Worker } = require('worker_threads');
      if (isMainThread) {
        ${main}
        new Worker(__filename);
      } else {
        const runtime = require(RUNTIME);
        runtime.${name}(runtime.defineQueue({ name: '${queue.name}' }), () => { throw new Error('no'); });
      }`;
    const env = { WORK_QUEUE_MAX_ATTEMPTS: 1, WORK_QUEUE_SETTLE_MS: 0 };
    const worker = run('worker.cjs', text, env);
    const why = `${name} was called in a worker thread`;
    expect(await worker.ended).toMatchObject({
      code: EXIT.configuration,
      summary: expect.stringContaining(why),
      terminationMessage: expect.stringContaining(why),
    });
  });
});

describe('a program that is no worker ends as it likes', () => {
  test.each([
    ['in a process of their own', ['--test']],
    ['in the process of the runner', ['--test', '--test-isolation=none']],
  ])('tests of Node, %s', async (_, flags) => {
    const program = join(root, 'a.test.cjs');
    writeFileSync(program, `${IMPORT} require('node:test')('passes', () => {});`.replaceAll('RUNTIME', RUNTIME));
    const isolation = process.allowedNodeEnvironmentFlags.has('--test-isolation');
    const nodeArgs = flags.filter((flag) => isolation || flag === '--test');
    const worker = startWorker({ url: queue.server.url, program, nodeArgs, env: { WORK_QUEUE_NAME: queue.name } });
    expect(await worker.ended).toMatchObject({ code: 0 });
  });

  test('the command line in the pod of a worker', async () => {
    await queue.fill('apple');
    const program = join(__dirname, '../../build/cli/rwq.js');
    const text = `process.argv.push('status'); require(${JSON.stringify(program)});`;
    expect(await run('rwq.cjs', text).ended).toMatchObject({ code: 0 });
  });

  test('without the name of a queue', async () => {
    const worker = run('program.cjs', IMPORT, { WORK_QUEUE_NAME: undefined });
    expect(await worker.ended).toMatchObject({ code: 0 });
  });

  test('a process that a worker starts', async () => {
    await queue.fill('apple');
    writeFileSync(join(root, 'child.cjs'), IMPORT.replaceAll('RUNTIME', RUNTIME));
    const worker = run(
      'worker.cjs',
      `${IMPORT}
       runWorker(defineQueue({ name: '${queue.name}' }), () => {
         const { status } = require('child_process').spawnSync(process.execPath, [__dirname + '/child.cjs']);
         console.log('child', status);
       });`,
      { WORK_QUEUE_SETTLE_MS: 0 },
    );
    await worker.line('child 0');
    expect(await worker.ended).toMatchObject({ code: 0 });
  });

  test('a thread', async () => {
    await queue.fill('apple');
    const worker = run(
      'worker.cjs',
      `${IMPORT}
       const { Worker } = require('worker_threads');
       runWorker(defineQueue({ name: '${queue.name}' }), () => new Promise((resolve) => {
         const text = 'require(' + JSON.stringify(RUNTIME) + '); process.exit(0);';
         new Worker(text, { eval: true }).on('exit', (code) => { console.log('thread', code); resolve(); });
       }));`,
      { WORK_QUEUE_SETTLE_MS: 0 },
    );
    await worker.line('thread 0');
    expect(await worker.ended).toMatchObject({ code: 0 });
  });
});

test('a filler in the place of the worker ends with 81, and fills nothing', async () => {
  const filler = run(
    'worker.cjs',
    `const { defineQueue, runFiller } = require(RUNTIME); runFiller(defineQueue({ name: '${queue.name}' }), ['a']);`,
    {
      WORK_QUEUE_RUN: 'run',
    },
  );
  const { code, terminationMessage } = await filler.ended;
  expect(code).toBe(EXIT.configuration);
  expect(terminationMessage).toContain('runFiller was called in a worker of the Job');
  expect(await queue.redis.exists(queue.name, queue.keys.meta)).toBe(0);
});
