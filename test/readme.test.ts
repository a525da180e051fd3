import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubernetesObject, readManifests } from '../demo/manifests';
import { synthesize } from './examples/synthesize';
import { LocalCluster } from './local-cluster';
import { useQueue } from './queue-under-test';

// The samples of the README, taken out of it and run; and the objects that pages name, looked up in what is made.

const ROOT = join(__dirname, '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

const queue = useQueue();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'readme-'));
  // A project that has installed the package and its peers.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/cdk8s-redis-work-queue'));
  for (const name of ['cdk8s', 'cdk8s-plus-27', 'constructs', 'tsx', 'zod', '@types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
});

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const running = new Set<ChildProcess>();

/** The one sample in TypeScript that has this text in it. */
function sampleWith(text: string): string {
  const samples = [...README.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string);
  const [sample, ...more] = samples.filter((code) => code.includes(text));
  if (sample === undefined || more.length > 0) throw new Error(`There is not one sample with ${text}.`);
  return sample;
}

const CHART = sampleWith('app.synth()');
const WORKER = `${sampleWith('await work(item')}\nasync function work(..._: unknown[]) {}\n`;

function write(file: string, text: string): void {
  writeFileSync(join(folder, file), text);
}

/** Runs a file of the project to its end. */
async function run(file: string, ...flags: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [...flags, file], { cwd: folder });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  running.delete(child);
  return { code, output };
}

/** The queue that the samples import. */
function writeQueue(): void {
  write(
    'queue.ts',
    `import { defineQueue } from 'cdk8s-redis-work-queue/queue';
     import { z } from 'zod';
     const schema = z.object({ url: z.url(), width: z.int() });
     export const thumbnails = defineQueue({ name: '${queue.name}', schema });`,
  );
}

async function synth(chart = CHART): Promise<KubernetesObject[]> {
  write('worker.ts', WORKER);
  write('main.ts', chart);
  expect(await run('main.ts', '--require', 'tsx/cjs')).toEqual({ code: 0, output: '' });
  return readManifests(join(folder, 'dist'));
}

test('the chart synthesizes, and its fill and workers do all items', async () => {
  const manifests = await synth();
  const cluster = new LocalCluster({ redisUrl: queue.server.url }).apply(manifests);
  try {
    expect(await cluster.run('job-wq-2-fill')).toEqual([0]);
    expect(await cluster.run('job-wq-2')).toEqual([0, 0]);
    expect(await queue.redis.hget('{job2}:meta', 'done')).toBe('3');
  } finally {
    await cluster.stop();
  }
});

test('every object that is named is one that the chart makes', async () => {
  const objects = (await synth()).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const text = README.slice(README.indexOf('## Use it in a chart'));
  const named = [...text.matchAll(/\b(Pod|Service|Job|StatefulSet|ConfigMap|NetworkPolicy) `([-\w]+)`/g)];
  const executed = [...text.matchAll(/kubectl exec ([-\w]+)|delete `([-\w]+)`/g)];
  expect(named.length).toBeGreaterThanOrEqual(7);
  expect(executed).toHaveLength(2);
  for (const [, kind, name] of named) expect(objects).toContain(`${kind} ${name}`);
  for (const [, one, other] of executed) expect(objects).toContain(`Pod ${one ?? other}`);
  const unnamed = objects.filter((object) => !named.some(([, kind, name]) => object === `${kind} ${name}`));
  // The items and the code: their names hold a hash.
  for (const object of unnamed) expect(object).toMatch(/^ConfigMap job-wq-2-(worker|fill)-[0-9a-f]{16}-\d$/);
});

test('the JSON patch changes what Kubernetes would do', async () => {
  const job = (objects: KubernetesObject[]) =>
    objects.find(({ kind, metadata }) => kind === 'Job' && metadata.name === 'job-wq-2');
  const before = job(await synth());
  const patch = sampleWith('addJsonPatch');
  const imports = "import { ApiObject, JsonPatch } from 'cdk8s';\n";
  const after = job(await synth(imports + CHART.replace('app.synth()', `${patch}app.synth()`)));
  expect(before?.spec?.template?.spec).not.toHaveProperty('hostUsers');
  expect(after?.spec?.template?.spec).toHaveProperty('hostUsers', false);
});

test.each([
  ['an ES module', 'fill.mts', '--import', 'tsx'],
  ['CommonJS, which npm init sets up', 'fill.ts', '--require', 'tsx/cjs'],
])('the program that fills a queue ends, and the queue is sealed: as %s', async (_, file, ...flags) => {
  writeQueue();
  write('urls.txt', 'https://example.com/cat.png\nhttps://example.com/dog.png\n');
  write(file, sampleWith('.fill(pictures').replace('redis://localhost:6379', queue.server.url));
  const { code, output } = await run(file, ...flags);
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(await queue.redis.hmget(queue.keys.meta, 'sealed', 'total')).toEqual(['1', '2']);
  expect(await queue.redis.lrange(queue.name, 0, 0)).toEqual(['{"url":"https://example.com/cat.png","width":200}']);
});

test('the samples are what the types say', async () => {
  writeQueue();
  write('worker.ts', WORKER);
  write('main.ts', CHART);
  write('fill.ts', sampleWith('.fill(pictures'));
  write('package.json', '{ "type": "module" }');
  const compilerOptions = {
    ...{ target: 'es2022', lib: ['es2023', 'dom'], module: 'esnext', moduleResolution: 'bundler', types: ['node'] },
    ...{ strict: true, noEmit: true, skipLibCheck: true },
  };
  write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  expect(await run(join(ROOT, 'node_modules/typescript/bin/tsc'))).toEqual({ code: 0, output: '' });
});

test.each(readdirSync(join(ROOT, 'examples')).filter((name) => name !== 'README.md' && name !== 'walkthrough'))(
  'every object that the README of examples/%s names is one that its chart makes',
  async (example) => {
    const day = new Date().toISOString().slice(0, 10);
    const text = readFileSync(join(ROOT, 'examples', example, 'README.md'), 'utf8').replaceAll('$(date +%F)', day);
    const objects = (await synthesize(example, { DAY: day })).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    for (const [, job] of text.matchAll(/\bjob\/([-\w]+)/g)) expect(objects).toContain(`Job ${job}`);
    for (const [, service] of text.matchAll(/--kube ([-\w]+)/g)) expect(objects).toContain(`Service ${service}`);
    for (const [, set] of text.matchAll(/delete pod ([-\w]+)-0\b/g)) expect(objects).toContain(`StatefulSet ${set}`);
  },
);
