import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const ROOT = join(__dirname, '..');
const SYNTH = ['cdk8s', 'constructs'];
/** Its objects are taken by their structure, of whatever version. */
const PLUS = ['cdk8s-plus-27'];
/** esbuild is loaded by name where a chart asks for it; fflate is inlined by `npm run build`. */
const BUNDLING = ['esbuild', 'fflate'];
const CLIENT = ['ioredis'];

/** Packages that a file loads, by whatever it imports; types leave no trace. */
async function packagesOf(...files: string[]): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: files,
    bundle: true,
    packages: 'external',
    platform: 'node',
    write: false,
    outdir: 'build',
    metafile: true,
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const packages = imports.filter(({ external, path }) => external && !path.startsWith('node:'));
  return [...new Set(packages.map(({ path }) => path.split('/')[0]!))].sort();
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ts$/.test(file) && !/\.(test|d)\.ts$/.test(file))
    .map((file) => join(folder, file));
}

describe('the import graph', () => {
  test('lib/ needs what a chart needs, and no Redis client', async () => {
    const packages = await packagesOf(...sources('lib'));
    expect(packages.filter((name) => ![...SYNTH, ...BUNDLING].includes(name))).toEqual([]);
  });

  test('worker/ needs ioredis and nothing else: a worker image without peers is whole', async () => {
    const packages = await packagesOf(...sources('worker'));
    expect(packages.filter((name) => !CLIENT.includes(name))).toEqual([]);
  });

  test('testing/ needs nothing: handlers are tested without Redis', async () => {
    expect(await packagesOf(...sources('testing'))).toEqual([]);
  });

  test('metrics/ needs what a chart needs, and no Redis client', async () => {
    const packages = await packagesOf('metrics/index.ts');
    expect(packages.filter((name) => ![...SYNTH, ...BUNDLING].includes(name))).toEqual([]);
  });

  test.each([
    ['otel', '@opentelemetry'],
    ['bull-board', '@bull-board'],
  ])('%s/ needs its peer and nothing else, not even a Redis client', async (folder, peer) => {
    expect(await packagesOf(...sources(folder))).toEqual([peer]);
  });

  test.each(['worker/contract.ts', 'worker/queue.ts'])(
    '%s needs nothing: chart, worker and filler may all import it',
    async (file) => {
      expect(await packagesOf(file)).toEqual([]);
    },
  );
});

/** The compiled package, by its own name, in a process of its own: what is really in memory afterwards. */
describe.each([
  ['cdk8s-redis-work-queue', SYNTH, [...PLUS, ...CLIENT, 'esbuild']],
  ['cdk8s-redis-work-queue/worker', [], [...SYNTH, ...PLUS, ...CLIENT, ...BUNDLING]],
  ['cdk8s-redis-work-queue/queue', [], [...SYNTH, ...PLUS, ...CLIENT]],
  ['cdk8s-redis-work-queue/testing', [], [...SYNTH, ...PLUS, ...CLIENT]],
])('loading %s', (entry, needed, forbidden) => {
  const loaded = `[...new Set(Object.keys(require.cache)
    .map((file) => /node_modules\\/(.+?)\\//.exec(file)?.[1]).filter(Boolean))]`;

  test.each([
    ['require', ['--eval', `require('${entry}'); console.log(JSON.stringify(${loaded}))`]],
    [
      'import',
      [
        '--input-type=module',
        '--eval',
        `import { createRequire } from 'node:module';
         await import('${entry}');
         const require = createRequire(import.meta.url);
         console.log(JSON.stringify(${loaded}))`,
      ],
    ],
  ])('by %s', async (_, args) => {
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
    const packages = JSON.parse(stdout) as string[];
    expect(packages).toEqual(expect.arrayContaining(needed));
    for (const name of forbidden) expect(packages).not.toContain(name);
  });
});

test('what compresses an `entry` is loaded for one alone', async () => {
  const load = "require('cdk8s-redis-work-queue'); console.log(Object.keys(require.cache).join('\\n'))";
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', load], { cwd: ROOT });
  expect(stdout).toContain('build/lib/entry/bundle.js');
  expect(stdout).not.toContain('build/lib/entry/deflate.js');
});
