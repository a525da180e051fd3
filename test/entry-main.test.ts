import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Testing } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../lib';
import { LocalCluster, type LocalPod } from '../local/cluster';
import { EXIT } from '../worker/contract';

// How a bundle starts and ends as the main program of a pod. No Redis is asked.

let root: string;
let cluster: LocalCluster;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entry-'));
  cluster = new LocalCluster();
});

afterEach(async () => {
  await cluster.stop();
  rmSync(root, { recursive: true, force: true });
});

function source(name: string, text: string): string {
  const file = join(root, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function run(entry: string, props: Partial<RedisWorkQueueJobProps> = {}): LocalPod {
  const chart = Testing.chart();
  new RedisWorkQueueJob(chart, 'fruit', {
    queueName: 'job2',
    jobName: 'fruit',
    redis: RedisStore.external(chart, 'redis', { host: '127.0.0.1', port: 1 }),
    entry,
    ...props,
  });
  const filler = props.filler !== undefined;
  const job = filler ? 'fruit-fill' : 'fruit';
  const [pod] = cluster.apply(Testing.synth(chart)).start(job, { container: filler ? 'fill' : 'worker' });
  return pod as LocalPod;
}

/** Main guards, each beside what it needs. */
const ESM = [
  ['import.meta.main', 'import.meta.main'],
  [`fileURLToPath(import.meta.url) === process.argv[1]`, `process.argv[1] === fileURLToPath(import.meta.url)`],
  [`pathToFileURL(process.argv[1]).href`, `import.meta.url === pathToFileURL(process.argv[1] as string).href`],
  ['import.meta.filename', 'process.argv[1] === import.meta.filename'],
  ['a helper', 'isMain(import.meta)'],
] as const;
const COMMONJS = [
  ['require.main === module', 'require.main === module'],
  ['require?.main', 'module === require?.main'],
  ['process.mainModule', 'process.mainModule === module'],
  ['!module.parent', '!module.parent'],
  ['module.id', `module.id === '.'`],
  ['require.main.id', 'require.main.id === module.id'],
  ['__filename', '__filename === process.argv[1]'],
  ['require.main.filename', 'require.main.filename === __filename'],
] as const;

const URLS = `import { fileURLToPath, pathToFileURL } from 'node:url';
const isMain = (meta: ImportMeta) => fileURLToPath(meta.url) === process.argv[1];`;

const imports = (...names: string[]) => names.map((name) => `import './${name}';`).join('\n');
const says = (guard: string, who: string) => `if (${guard}) console.log('main: ${who}');`;

describe('a main guard is true in the entry, and false in what it imports', () => {
  test.each(ESM)('%s', async (_, guard) => {
    source('other.ts', `${URLS} ${says(guard, 'other')} export {};`);
    source('later.ts', `${URLS} ${says(guard, 'later')} export {};`);
    const entry = source('worker.ts', `${URLS} ${imports('other')} ${says(guard, 'entry')} await import('./later');`);
    const pod = run(entry);
    expect(await pod.ended).toBe(EXIT.configuration);
    expect(pod.all(/^main: (.*)/)).toEqual(['entry']);
  });

  test.each(COMMONJS)('%s, in CommonJS', async (_, guard) => {
    source('other.cjs', says(guard, 'other'));
    source('later.cjs', says(guard, 'later'));
    source('node_modules/dependency/package.json', '{}');
    source('node_modules/dependency/index.js', says(guard, 'dependency'));
    const entry = source(
      'worker.cjs',
      `'use strict'; require('./other.cjs'); require('dependency'); ${says(guard, 'entry')} require('./later.cjs');`,
    );
    const pod = run(entry);
    expect(await pod.ended).toBe(EXIT.configuration);
    expect(pod.all(/^main: (.*)/)).toEqual(['entry']);
  });

  test.each(COMMONJS.slice(0, 4))('%s, in TypeScript with import statements', async (_, guard) => {
    source('other.ts', `${says(guard, 'other')} export const other = () => ${guard};`);
    source('later.ts', `${says(guard, 'later')} export {};`);
    const entry = source(
      'worker.ts',
      `import { other } from './other'; ${says(guard, 'entry')} console.log(other()); import('./later');`,
    );
    const pod = run(entry);
    expect(await pod.ended).toBe(EXIT.configuration);
    expect(pod.all(/^main: (.*)/)).toEqual(['entry']);
    expect(pod.lines).toContain('false');
  });

  test.each(['commonjs', 'module'])('where it is imported by what it imports, it runs once (%s)', async (type) => {
    source('package.json', JSON.stringify({ type }));
    source(
      'queue.ts',
      `import { name } from './worker'; export const queue = () => name; ${says('import.meta.main', 'other')}`,
    );
    const entry = source(
      'worker.ts',
      `import { queue } from './queue';
       export const name = 'job2';
       console.log('runs', queue());
       ${says('import.meta.main', 'entry')}`,
    );
    const pod = run(entry);
    expect(await pod.ended).toBe(EXIT.configuration);
    expect(pod.lines.slice(0, 2)).toEqual(['runs job2', 'main: entry']);
    expect(pod.count('runs')).toBe(1);
  });

  test('beside a default import of CommonJS, as the package of the entry has it', async () => {
    source('package.json', '{ "type": "module" }');
    source('node_modules/transpiled/package.json', '{}');
    source('node_modules/transpiled/index.js', `exports.__esModule = true; exports.default = 'the default';`);
    const text = `import transpiled from 'transpiled'; console.log(JSON.stringify(transpiled)); ${says('import.meta.main', 'entry')}`;
    const pod = run(source('worker.ts', text));
    await pod.ended;
    expect(pod.lines.slice(0, 2)).toEqual(['{"__esModule":true,"default":"the default"}', 'main: entry']);
  });

  test.each([true, false])(
    'in a file that declares the variables of CommonJS by itself (minify: %s)',
    async (minify) => {
      const text = `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url); const __dirname = '/here'; const module = 1;
      console.log(typeof require, __dirname, module); ${says('import.meta.main', 'entry')}`;
      const pod = run(source('worker.ts', text), { bundling: { minify } });
      await pod.ended;
      expect(pod.lines.slice(0, 2)).toEqual(['function /here 1', 'main: entry']);
    },
  );

  test('and a file finds what lies beside the bundle, as before', async () => {
    source(
      'other.ts',
      `import { createRequire } from 'node:module';
      export const url = import.meta.url; export const path = createRequire(import.meta.url)('node:path').sep;
      export const beside = new URL('.', import.meta.url).href;`,
    );
    const pod = run(
      source(
        'worker.ts',
        `import { beside, path } from './other';
        console.log(beside === new URL('.', import.meta.url).href, path, import.meta.url.endsWith('/worker/bundle.mjs'));`,
      ),
    );
    await pod.ended;
    expect(pod.lines[0]).toBe('true / true');
  });
});

describe('a bundle that ends without runWorker ends with 81, and says so', () => {
  const BEFORE = /the program ended with 0 before runWorker or runFiller was called/;
  const RUNTIME = `import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';\n`;

  test.each([
    [
      'a file that only exports its start',
      'export const start = () => runWorker(defineQueue({ name: "job2" }), () => {});',
    ],
    ['a guard that is false', `if (process.env.MAIN) runWorker(defineQueue({ name: 'job2' }), () => {});`],
    [
      'a setup whose error is swallowed',
      `async function main() { throw new Error('no bucket'); await runWorker(); } main().catch(console.error);`,
    ],
    ['an exit', `defineQueue({ name: 'job2' }); process.exit();`],
  ])('%s', async (_, text) => {
    const pod = run(source('worker.ts', `${RUNTIME}${text}`));
    expect([await pod.ended, pod.output]).toEqual([EXIT.configuration, expect.stringMatching(BEFORE)]);
  });

  test('a filler as well', async () => {
    const filler = {
      entry: source('fill.ts', `import { runFiller } from 'cdk8s-redis-work-queue/worker'; export { runFiller };`),
    };
    const pod = run(source('worker.ts', ''), { filler });
    expect([await pod.ended, pod.output]).toEqual([EXIT.configuration, expect.stringMatching(BEFORE)]);
  });

  test('one that never imports the runtime', async () => {
    const pod = run(source('worker.ts', `console.log('hello');`));
    expect(await pod.ended).toBe(EXIT.configuration);
    expect(pod.output).toMatch(/^hello\nthe program ended with 0 before cdk8s-redis-work-queue\/worker was imported/);
  });
});

describe('a bundle ends as Node ends it', () => {
  test('with 13, where a top-level await is never settled', async () => {
    expect(await run(source('worker.ts', 'await new Promise(() => {});')).ended).toBe(13);
  });

  test('with 1 and the whole error, where a module throws', async () => {
    const text = `export {};\nthrow Object.assign(new Error('no bucket', { cause: new Error('refused') }), { code: 'E1' });`;
    const pod = run(source('worker.ts', text));
    expect(await pod.ended).toBe(1);
    expect(pod.output).toMatch(/Error: no bucket\n +at .*worker\.ts:2:21[\s\S]*code: 'E1'[\s\S]*cause[\s\S]*refused/);
  });

  test('with 81, where a queue is wrong where it is defined', async () => {
    const text = `import { defineQueue } from 'cdk8s-redis-work-queue/queue'; defineQueue({ name: '' });`;
    expect(await run(source('worker.ts', text)).ended).toBe(EXIT.configuration);
  });

  test('with a code of its own', async () => {
    expect(await run(source('worker.ts', 'process.exit(7);')).ended).toBe(7);
  });

  test('with 143 at SIGTERM, before the runtime is imported', async () => {
    const pod = run(source('worker.ts', `setInterval(() => {}, 1_000); console.log('up');`));
    await pod.line('up');
    pod.kill('SIGTERM');
    expect(await pod.ended).toBe(EXIT.terminated);
  });
});
