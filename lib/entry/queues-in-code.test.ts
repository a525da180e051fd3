import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as esbuild from 'esbuild';
import { codeLoaders } from './needed-imports';
import type { QueueInCode } from './queue-in-code';
import { propertiesAt, queuesInCode } from './queues-in-code';

const project = realpathSync(mkdtempSync(join(tmpdir(), 'queues-in-code-')));
afterAll(() => rmSync(project, { recursive: true, force: true }));

const RUNTIME =
  "import { defineQueue, runFiller, runWorker, startWorker, WorkQueue } from 'cdk8s-redis-work-queue/worker';\n";

const SHARED = {
  'package.json': '{}',
  'queue.ts': `
    import { defineQueue as define } from 'cdk8s-redis-work-queue/queue';
    import { z } from 'zod';
    const NAME = 'thumbnails';
    /** runWorker(nothing) */
    export const thumbnails = define({ schema: z.object({ url: z.string().regex(/["'{]/).default(\`}"{\${1}\`) }), name: NAME });
    export const fruit = define({ name: \`job2\` });
    export const files = define({ payload: 'bytes', name: "it's" });
  `,
  'all.ts': "export * from './queue';",
  'package/index.ts': "export { thumbnails } from '../queue';",
  'node_modules/zod/package.json': '{ "name": "zod", "main": "index.js" }',
  'node_modules/zod/index.js': 'exports.z = {};',
  'node_modules/kit/package.json': '{ "name": "kit", "main": "index.js" }',
  'node_modules/kit/index.js': "exports.run = () => require('cdk8s-redis-work-queue/worker').runWorker();",
};

/** Sources, and the queues that they work on. */
const SOURCES: Record<string, [text: string, names: string[]]> = {
  'a queue of another file': [`${RUNTIME}import { fruit } from './queue'; runWorker(fruit, () => {});`, ['job2 text']],
  'a schema': [`${RUNTIME}import { thumbnails } from './queue'; runWorker(thumbnails, () => {});`, ['thumbnails json']],
  bytes: [`${RUNTIME}import { files } from './all'; await runWorker(files, () => {});`, ["it's bytes"]],
  'a queue of another package': [
    `${RUNTIME}import { thumbnails as t } from './package/index'; startWorker(t);`,
    ['thumbnails json'],
  ],
  'a queue in place': [`${RUNTIME}runWorker(defineQueue({ name: 'pages' }), () => {});`, ['pages text']],
  'all of a module': [
    "import * as wq from 'cdk8s-redis-work-queue/worker'; import * as qs from './queue'; wq.runWorker(qs.fruit);",
    ['job2 text'],
  ],
  'a function with a main guard': [
    `${RUNTIME}import { thumbnails } from './queue';
     async function main() { console.log(thumbnails.name, 'all thumbnails'); await runWorker(thumbnails, () => {}); }
     if (require.main === module) void main();`,
    ['thumbnails json'],
  ],
  'CommonJS in one file': [
    "const { runWorker, defineQueue: d } = require('cdk8s-redis-work-queue/worker'); const q = d({ name: 'a' }); runWorker(q);",
    ['a text'],
  ],
  'a producer beside it': [
    `${RUNTIME}import { fruit, files } from './queue'; const q = new WorkQueue(files, {}); runWorker(fruit, () => q.fill([]));`,
    ['job2 text'],
  ],
  'one of two': [
    `${RUNTIME}import { fruit, files } from './queue'; if (process.env.X) runWorker(fruit); else runWorker(files);`,
    ['job2 text', "it's bytes"],
  ],
  'texts about it': [
    `${RUNTIME}import { fruit } from './queue'; console.log('runWorker', 'a fruit', "see runWorker(x)"); runWorker(fruit);`,
    ['job2 text'],
  ],
  'a name that is computed': [`${RUNTIME}runWorker(defineQueue({ name: process.env.QUEUE }));`, []],
  'a name that is put together': [
    `${RUNTIME}const of = process.argv[2]; runWorker(defineQueue({ name: \`a-\${of}\` }));`,
    [],
  ],
  'options that are spread': [`${RUNTIME}const o = { name: 'b' }; runWorker(defineQueue({ name: 'a', ...o }));`, []],
  'options that are made elsewhere': [`${RUNTIME}const o = { name: 'b' }; runWorker(defineQueue(o));`, []],
  'a parameter of that name': [
    `${RUNTIME}import { fruit } from './queue'; const go = (fruit: any) => runWorker(fruit); go(process.env.X ?? fruit);`,
    [],
  ],
  'a variable with two values': [
    `${RUNTIME}let q = defineQueue({ name: 'a' }); if (process.env.X) q = defineQueue({ name: 'b' }); runWorker(q);`,
    [],
  ],
  'a choice': [`${RUNTIME}import { fruit, files } from './queue'; runWorker(process.env.X ? fruit : files);`, []],
  'one of several in an object': [
    `${RUNTIME}import { fruit, files } from './queue'; const all = { fruit, files }; runWorker(all[process.argv[2]]);`,
    [],
  ],
  'one call that is known, and one that is not': [
    `${RUNTIME}import { fruit } from './queue'; if (process.env.X) runWorker(fruit); else runWorker(globalThis.queue);`,
    [],
  ],
  'runWorker under another name': [`${RUNTIME}const run = runWorker; run(defineQueue({ name: 'a' }));`, []],
  'the runtime by import()': [
    "const { runWorker, defineQueue } = await import('cdk8s-redis-work-queue/worker'); runWorker(defineQueue({ name: 'a' }));",
    [],
  ],
  'no call': [`${RUNTIME}export const q = defineQueue({ name: 'a' });`, []],
  'no runtime': ["console.log('apple');", []],
  'a queue from a package': [`${RUNTIME}import { q } from 'zod'; runWorker(q);`, []],
};

const FILLERS: Record<string, [text: string, names: string[]]> = {
  'a filler': [`${RUNTIME}import { fruit } from './queue'; await runFiller(fruit, () => []);`, ['job2 text']],
  'a filler that may use another way': [
    `${RUNTIME}import { fruit } from './queue'; if (process.env.X) runFiller(fruit, []); else new WorkQueue(globalThis.q).fill();`,
    [],
  ],
};

function write(path: string, text: string): string {
  const file = join(project, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

for (const [path, text] of Object.entries(SHARED)) write(path, text);
const fileOf = (name: string, ending = 'ts') => join(project, `${name.replaceAll(/\W/g, '-')}.${ending}`);
const all = [...Object.entries(SOURCES), ...Object.entries(FILLERS)];
for (const [name, [text]] of all) writeFileSync(fileOf(name), text);

const { metafile } = esbuild.buildSync({
  absWorkingDir: project,
  entryPoints: all.map(([name]) => fileOf(name)),
  outdir: project,
  external: ['cdk8s-redis-work-queue/*'],
  format: 'esm',
  platform: 'node',
  bundle: true,
  write: false,
  metafile: true,
  logLevel: 'silent',
});

function found(file: string, kind: 'worker' | 'filler', of: esbuild.Metafile = metafile): string[] {
  const queues = queuesInCode({ file, project, kind, loaders: codeLoaders(), options: {}, metafile: of }, esbuild);
  return queues.map(({ name, payload }: QueueInCode) => `${name} ${payload}`);
}

test.each(Object.entries(SOURCES))('the queues of %s', (name, [, names]) => {
  expect(found(fileOf(name), 'worker')).toEqual(names);
});

test.each(Object.entries(FILLERS))('the queues of %s', (name, [, names]) => {
  expect(found(fileOf(name), 'filler')).toEqual(names);
});

test('a package that uses the runtime, too, may call it', () => {
  const entry = fileOf('a queue in place');
  const kit = {
    bytes: 1,
    imports: [{ path: 'x', kind: 'require-call' as const, original: 'cdk8s-redis-work-queue/worker' }],
  };
  const inputs = { ...metafile.inputs, 'node_modules/kit/index.js': kit };
  expect(found(entry, 'worker', { ...metafile, inputs })).toEqual([]);
});

test.each([
  ['{name:"a",schema:z.object({a:/[}]"/,b:[1,2]})}', { name: '"a"', schema: 'z.object({a:/[}]"/,b:[1,2]})' }],
  ['{a:/* @__PURE__ */f("}"),b}', { a: '/* @__PURE__ */f("}")', b: 'b' }],
  ["{a:'\\'}',b:x[1]/2}", { a: "'\\'}'", b: 'x[1]/2' }],
  ['{}', {}],
])('the properties of %s', (text, properties) => {
  expect(Object.fromEntries(propertiesAt(text, 0) ?? [])).toEqual(properties);
});

test.each(['{...a}', '{[a]:1}', '{a:`b`}', '{a:(x)/2}', '{a(){}}', '{a:1', '{get a(){}}'])('none of %s', (text) => {
  expect(propertiesAt(text, 0)).toBeUndefined();
});
