import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Figures } from './figures';

const ROOT = join(__dirname, '../..');
const HERE = 'test/budgets';

/** Measures what `npm run build` made and `npm ci` installed. The same on each Node that is supported. */
export async function measure(): Promise<Figures> {
  const [tarball, bundle, synth, start, queue, testing, schema, definition] = await Promise.all([
    packed(),
    bundleBytes(),
    modules("require('cdk8s-redis-work-queue')"),
    modules(START),
    modules("require('cdk8s-redis-work-queue/queue')"),
    modules("require('cdk8s-redis-work-queue/testing')"),
    typesOf('zod-schema.mts'),
    typesOf('zod-queue.mts'),
  ]);
  return {
    'bytes of the package, packed': tarball.size,
    'bytes of the package, unpacked': tarball.unpackedSize,
    'bytes of ioredis and what it brings, unpacked': installedBytes('ioredis'),
    'bytes of the command line': statSync(join(ROOT, 'build/cli/rwq.js')).size,
    'bytes of the lease thread': statSync(join(ROOT, 'build/worker/lease/lease-thread.js')).size,
    'bytes of the smallest entry, compressed': bundle,
    'modules at synth, ours': synth.ours,
    'modules at synth, all': synth.all,
    'modules of a worker that connects, ours': start.ours,
    'modules of a worker that connects, all': start.all,
    'modules of ./queue': queue.all,
    'modules of ./testing': testing.all,
    'instantiations of types by a queue with a zod schema': definition.Instantiations - schema.Instantiations,
    'types by a queue with a zod schema': definition.Types - schema.Types,
  };
}

async function run(program: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, WORK_QUEUE_NAME: undefined, REDIS_URL: undefined };
  const { stdout } = await promisify(execFile)(program, args, { cwd: ROOT, env, maxBuffer: 2 ** 26 });
  return stdout;
}

const node = (...args: string[]) => run(process.execPath, ...args);

async function packed(): Promise<{ size: number; unpackedSize: number }> {
  return JSON.parse(await run('npm', 'pack', '--dry-run', '--json', '--ignore-scripts'))[0];
}

/** Of the ConfigMaps of a worker that imports the runtime and nothing else. */
async function bundleBytes(): Promise<number> {
  const text = await node(
    '--eval',
    `const { Testing } = require('cdk8s');
     const { RedisWorkQueueJob } = require('cdk8s-redis-work-queue');
     const chart = Testing.chart();
     new RedisWorkQueueJob(chart, 'job', { queueName: 'items', entry: '${HERE}/smallest-worker.ts' });
     const parts = Testing.synth(chart).flatMap(({ binaryData }) => Object.values(binaryData ?? {}));
     console.log(parts.reduce((sum, part) => sum + Buffer.from(part, 'base64').length, 0));`,
  );
  return Number(text);
}

/** What has loaded its client, and finds no Redis. */
const START = `
  const { WorkQueue, defineQueue } = require('cdk8s-redis-work-queue/worker');
  new WorkQueue(defineQueue({ name: 'items' }), { url: 'redis://127.0.0.1:1', patience: 1 }).status().catch(() => {});`;

/** Modules that are loaded when a program has ended, without those of Node. */
async function modules(program: string): Promise<{ ours: number; all: number }> {
  const files = `Object.keys(require.cache).map((file) => require('node:path').relative(process.cwd(), file))`;
  const text = await node('--eval', `process.on('exit', () => console.log(JSON.stringify(${files}))); ${program}`);
  const loaded = JSON.parse(text) as string[];
  return { ours: loaded.filter((file) => file.startsWith('build')).length, all: loaded.length };
}

/** A package with all that it depends on, as package-lock.json has it. */
function installedBytes(name: string): number {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dependencies?: Record<string, string> }>;
  };
  const found = new Set<string>();
  const add = (wanted: string, from: string) => {
    const parents = from.split('/node_modules/').map((_, i, all) => all.slice(0, i + 1).join('/node_modules/'));
    const places = ['', ...parents.map((parent) => `${parent}/`)].map((parent) => `${parent}node_modules/${wanted}`);
    const place = places.reverse().find((each) => each in packages);
    if (!place) throw new Error(`package-lock.json has no ${wanted}, which ${from} depends on`);
    if (found.has(place)) return;
    found.add(place);
    for (const dependency of Object.keys(packages[place]!.dependencies ?? {})) add(dependency, place);
  };
  add(name, '');
  return [...found].reduce((sum, place) => sum + folderBytes(join(ROOT, place)), 0);
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? folderBytes(path) : statSync(path).size;
    })
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** What the compiler counts of a file with all that it imports; checkers side by side would count some twice. */
async function typesOf(file: string): Promise<Record<'Types' | 'Instantiations', number>> {
  const options = '--ignoreConfig --noEmit --strict --skipLibCheck --target es2022 --module nodenext --types node';
  const text = await node(
    'node_modules/typescript/bin/tsc',
    ...`${options} --singleThreaded --extendedDiagnostics ${HERE}/${file}`.split(' '),
  );
  const count = (name: string) => Number(new RegExp(`^${name}: +(\\d+)$`, 'm').exec(text)![1]);
  return { Types: count('Types'), Instantiations: count('Instantiations') };
}
