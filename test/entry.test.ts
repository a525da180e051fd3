import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { inflateSync } from 'node:zlib';
import { type Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import * as batch from 'kubernetes-models/batch/v1';
import { EntryBundle, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../lib';
import { ENV } from '../worker/contract';

const ROOT = join(__dirname, '..');

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'entry-')));
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

function source(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const chart = () => Testing.chart();

function synth(props: Partial<RedisWorkQueueJobProps>, of: Chart = chart()) {
  new RedisWorkQueueJob(of, 'fruit', { queueName: 'job2', ...props });
  return Testing.synth(of);
}

type Manifests = ReturnType<typeof synth>;

const jobs = (manifests: Manifests) => manifests.filter(({ kind }) => kind === 'Job');
const workerOf = (manifests: Manifests) => jobs(manifests).at(-1).spec.template.spec;
const partsOf = (manifests: Manifests) => manifests.filter(({ binaryData }) => binaryData);
const filesIn = (manifests: Manifests): Record<string, string> => {
  const parts = partsOf(manifests).flatMap(({ binaryData }) => Object.values<string>(binaryData));
  return JSON.parse(inflateSync(Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')))).toString());
};

describe('the Job of an entry', () => {
  test('as a snapshot stays small, and does not change with the code', () => {
    const snapshot = (text: string) =>
      EntryBundle.redact(synth({ entry: source('worker.ts', text), items: ['apple'] })).filter(
        ({ kind }) => kind === 'Job' || kind === 'ConfigMap',
      );
    const one = snapshot('console.log(1)');
    for (const map of one) if (map.data) map.data = Object.keys(map.data);
    expect(one).toMatchSnapshot();
    const other = snapshot('console.log(2)');
    for (const map of other) if (map.data) map.data = Object.keys(map.data);
    expect(other).toEqual(one);
  });

  test('is valid for Kubernetes 1.27', () => {
    for (const job of jobs(synth({ entry: source('worker.ts', ''), filler: { entry: source('fill.ts', '') } }))) {
      expect(() => new batch.Job(job).validate()).not.toThrow();
    }
  });

  test('with changed code is another Job with other ConfigMaps, and all else keeps its name', () => {
    const names = (text: string) =>
      synth({ entry: source('worker.ts', text), items: ['a'] }).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const [one, other] = [names('console.log(1)'), names('console.log(2)')];
    expect(one.filter((name) => !other.includes(name))).toEqual([
      expect.stringMatching(/^ConfigMap test-fruit-\w+-worker-[0-9a-f]{16}-0$/),
      expect.stringMatching(/^Job test-fruit-\w+-[0-9a-f]{8}$/),
    ]);
    expect(names('console.log(1)')).toEqual(one);
  });

  test('keeps the name that it is given', () => {
    expect(jobs(synth({ entry: source('worker.ts', ''), jobName: 'fruit' }))[0].metadata.name).toBe('fruit');
  });

  test('runs on another Node image, and under a root file system that may be written to', () => {
    const [container] = workerOf(
      synth({ entry: source('worker.ts', ''), nodeImage: 'registry.example/node:22', readOnlyRootFilesystem: false }),
    ).containers;
    expect(container.image).toBe('registry.example/node:22');
    expect(container.securityContext.readOnlyRootFilesystem).toBe(false);
  });

  test("leaves /tmp to a volume of the user's", () => {
    const of = chart();
    const volume = kplus.Volume.fromEmptyDir(of, 'mine', 'mine');
    const pod = workerOf(synth({ entry: source('worker.ts', ''), volumeMounts: [{ mountPath: '/tmp', volume }] }, of));
    const mounts = pod.containers[0].volumeMounts.map(({ name, mountPath }: never) => `${name} ${mountPath}`);
    expect(mounts).toEqual(['bundle /bundle', 'bundle-script /worker', 'mine /tmp']);
    expect(pod.volumes.map(({ name }: { name: string }) => name)).toEqual(['bundle', 'bundle-script', 'mine']);
  });

  test('has a gate where something fills the queue, and where one is asked for', () => {
    const entry = source('worker.ts', '');
    const gates = (props: object) => {
      const pod = workerOf(synth({ entry, ...props }));
      const told = pod.containers[0].env.find(({ name }: { name: string }) => name === ENV.gate)?.value;
      return [pod.initContainers?.length ?? 0, told];
    };
    expect(gates({})).toEqual([0, undefined]);
    expect(gates({ gate: true })).toEqual([1, undefined]);
    expect(gates({ items: ['a'] })).toEqual([1, 'filled']);
    expect(gates({ filler: { image: 'filler' } })).toEqual([1, 'filled']);
    expect(gates({ items: ['a'], gate: false })).toEqual([0, undefined]);
  });
});

describe('a bundle', () => {
  test('takes a path relative to the working directory', () => {
    source('app/worker.ts', 'console.log(1)');
    jest.spyOn(process, 'cwd').mockReturnValue(root);
    const { 'bundle.mjs.map': map } = filesIn(synth({ entry: './app/worker.ts' }));
    expect(JSON.parse(map as string).sources).toContain('worker.ts');
  });

  test('is split where kubectl apply would refuse it', () => {
    const noise = Array.from({ length: 60_000 }, (_, i) =>
      Math.sin(i + 1)
        .toString(36)
        .slice(2),
    );
    source('noise.json', JSON.stringify(noise));
    const entry = source('worker.ts', `import noise from './noise.json'; console.log(noise);`);
    const manifests = synth({ entry });
    const parts = partsOf(manifests);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(250_000);
    expect(workerOf(manifests).volumes[0].projected.sources).toEqual(
      parts.map(({ metadata }) => ({ configMap: { name: metadata.name } })),
    );
    // How many there are follows from the code, too.
    const redacted = EntryBundle.redact(manifests);
    expect(partsOf(redacted)).toHaveLength(1);
    expect(workerOf(redacted).volumes[0].projected.sources).toHaveLength(1);
  });

  test('of a project is the same wherever the project lies, and holds no path of the machine', () => {
    const projects = [join(root, 'a'), join(root, 'much/deeper/b')];
    const [one, other] = projects.map((folder) => {
      installRuntime(folder);
      source(
        join(relative(root, folder), 'src/worker.ts'),
        `import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';
         runWorker(defineQueue({ name: 'job2' }), async (item) => { console.log(item, import.meta.url); });`,
      );
      // Built, so that the runtime is found as in an installation.
      const script = `const { bundleEntry } = require(${JSON.stringify(join(ROOT, 'build/lib/entry/bundle'))});
        process.stdout.write(bundleEntry(undefined, 'entry', 'src/worker.ts', 'worker').compressed)`;
      return execFileSync(process.execPath, ['--eval', script], { cwd: folder });
    }) as [Buffer, Buffer];
    expect(one.equals(other)).toBe(true);
    const text = inflateSync(one).toString();
    expect(text.includes(root) || text.includes(ROOT)).toBe(false);
    expect(JSON.parse(JSON.parse(text)['bundle.mjs.map']).sources).toEqual(['src/worker.ts']);
  });
});

/** The runtime and what it depends on, as npm installs them. */
function installRuntime(project: string) {
  const copy = (from: string, to: string) => cpSync(join(ROOT, from), join(project, to), { recursive: true });
  const installed = new Set<string>();
  const install = (name: string) => {
    if (installed.has(name)) return;
    installed.add(name);
    copy(`node_modules/${name}`, `node_modules/${name}`);
    const { dependencies = {} } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
    Object.keys(dependencies).forEach(install);
  };
  install('ioredis');
  for (const path of ['package.json', 'build/worker']) copy(path, `node_modules/cdk8s-redis-work-queue/${path}`);
}

describe('what is refused, and how', () => {
  const refusal = (props: Partial<RedisWorkQueueJobProps>, of?: Chart): string => {
    try {
      synth(props, of);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('nothing was refused');
  };

  test('neither image nor entry, or both', () => {
    expect(refusal({})).toBe(
      'test/fruit: image is undefined. Name the image of the worker, "registry.example/job-wq-2:1", or give `entry`, a TypeScript file: "./worker.ts".',
    );
    expect(refusal({ image: 'a', entry: './worker.ts' })).toMatch(/image is "a"\. It is given beside `entry`.*Use one/);
    expect(refusal({ image: 'a', nodeImage: 'node' })).toMatch(/nodeImage is "node"\. It is the image for an `entry`/);
    expect(refusal({ entry: './worker.ts', command: ['node'] })).toMatch(/command is "?node"?\. .*`args` go to/);
  });

  test('a file that is missing', () => {
    expect(refusal({ entry: './nowhere.ts' })).toBe(
      `test/fruit: entry is "./nowhere.ts". There is no file ${join(process.cwd(), 'nowhere.ts')}. ` +
        `Name a TypeScript or JavaScript file, absolute or relative to the working directory, ${process.cwd()}.`,
    );
    expect(refusal({ entry: '' })).toMatch(/entry is ""\. There is no file of this name/);
    expect(refusal({ entry: root })).toMatch(/There is no file/);
  });

  test('a syntax error, by file and line', () => {
    expect(refusal({ entry: source('worker.ts', 'const a = 1;\nconst b: = 2;\n') })).toMatch(
      /esbuild does not bundle it:\n\n.*Unexpected "="\n\n.*worker\.ts:2:9:\n.*const b: = 2;/,
    );
  });

  test('an import that leads nowhere, by file and line', () => {
    expect(refusal({ entry: source('worker.ts', `\nimport 'nothing-of-this-name';`) })).toMatch(
      /Could not resolve "nothing-of-this-name"[\s\S]*worker\.ts:2:7/,
    );
  });

  test('native add-ons', () => {
    const refused = /It brings native add-ons, which a bundle cannot hold: .*LISTED.*largest inputs: .*use `image`\./;
    const listed = (what: string) => new RegExp(refused.source.replace('LISTED', what));

    source('addon.node', 'ELF');
    expect(refusal({ entry: source('a.ts', `import './addon.node';`) })).toMatch(listed('addon\\.node'));

    source('node_modules/compiled/binding.gyp', '{}');
    source('node_modules/compiled/index.js', 'module.exports = 1;');
    expect(refusal({ entry: source('b.ts', `import 'compiled';`) })).toMatch(listed('node_modules/compiled'));

    source('node_modules/each/package.json', '{ "optionalDependencies": { "@each/linux": "1" } }');
    source('node_modules/each/index.js', 'module.exports = require("@each/" + process.platform);');
    source('node_modules/@each/linux/package.json', '{ "cpu": ["x64"] }');
    expect(refusal({ entry: source('c.ts', `import 'each';`) })).toMatch(listed('node_modules/each'));
  });

  test('a bundle that is too large', () => {
    const noise = Array.from({ length: 250_000 }, (_, i) =>
      Math.sin(i + 1)
        .toString(36)
        .slice(2),
    );
    source('node_modules/noise/index.js', `module.exports = ${JSON.stringify(noise.join(''))};`);
    expect(refusal({ entry: source('worker.ts', `import noise from 'noise'; console.log(noise);`) })).toMatch(
      /Its bundle takes \d+ kB, compressed, and 8 ConfigMaps hold 14\d\d kB\. Its largest inputs: \S*node_modules\/noise \(\d+ kB\), .*use `image`\./,
    );
  });

  test('a missing esbuild', () => {
    jest.isolateModules(() => {
      jest.doMock('esbuild', () => {
        throw Object.assign(new Error("Cannot find module 'esbuild'"), { code: 'MODULE_NOT_FOUND' });
      });
      const { bundleEntry } = require('../lib/entry/bundle') as typeof import('../lib/entry/bundle');
      const entry = source('worker.ts', '');
      expect(() => bundleEntry(chart(), 'entry', entry, 'worker')).toThrow(
        /esbuild bundles it, and is not installed: npm install --save-dev esbuild\./,
      );
      jest.dontMock('esbuild');
    });
  });

  test("paths and names of volumes that are the construct's own", () => {
    const of = chart();
    const entry = source('worker.ts', '');
    const volume = kplus.Volume.fromEmptyDir(of, 'mine', 'mine');
    expect(refusal({ entry, volumeMounts: [{ mountPath: '/worker/', volume }] }, of)).toMatch(
      /a mountPath in volumeMounts is "\/worker"/,
    );
    const taken = chart();
    const bundle = kplus.Volume.fromEmptyDir(taken, 'bundle', 'bundle');
    expect(refusal({ entry, volumeMounts: [{ mountPath: '/x', volume: bundle }] }, taken)).toMatch(/name is "bundle"/);
  });

  test('a filler beside items, without program, with a bad batch or variable', () => {
    const with_ = (filler: object, more: object = {}) => refusal({ image: 'worker', filler, ...more });
    expect(with_({ image: 'filler' }, { items: ['a'] })).toMatch(/filler is "filler"\. .*Use one of them/);
    expect(with_({})).toMatch(/filler\.image is undefined\. Name the image of the filler/);
    expect(with_({ entry: './nowhere.ts' })).toMatch(/filler\.entry is "\.\/nowhere\.ts"\. There is no file/);
    expect(with_({ image: 'filler', batch: 'ü' })).toMatch(/filler\.batch is "ü"/);
    expect(with_({ image: 'filler', backoffLimit: -1 })).toMatch(/filler\.backoffLimit is -1/);
    expect(with_({ image: 'filler', env: { REDIS_URL: kplus.EnvValue.fromValue('x') } })).toMatch(
      /a name in filler\.env is "REDIS_URL"/,
    );
  });
});

describe('a filler', () => {
  test('runs before the container that seals', () => {
    const [fill] = jobs(synth({ image: 'worker', jobName: 'fruit', filler: { image: 'filler', args: ['a'] } }));
    expect(fill).toMatchSnapshot();
  });

  test('gives one batch to its Job and the worker: a hash of the program, or the one given', () => {
    const batchOf = (filler: object) => {
      const manifests = synth({ image: 'worker', filler });
      const pods = jobs(manifests).map(({ spec }) => spec.template.spec);
      const batches = pods
        .flatMap((pod) => [...(pod.initContainers ?? []), ...pod.containers])
        .map(({ env }) => env.find(({ name }: { name: string }) => name === ENV.batch).value);
      expect(batches).toHaveLength(4);
      expect(new Set(batches).size).toBe(1);
      return batches[0];
    };
    const variable = (value: string) => ({ DAY: kplus.EnvValue.fromValue(value) });
    const different = [
      { image: 'filler' },
      { image: 'filler:2' },
      { image: 'filler', args: ['a'] },
      { image: 'filler', command: ['a'] },
      { image: 'filler', env: variable('1') },
      { image: 'filler', env: variable('2') },
      { entry: source('one.ts', 'console.log(1)') },
      { entry: source('two.ts', 'console.log(2)') },
    ];
    expect(new Set(different.map(batchOf)).size).toBe(different.length);
    expect(batchOf({ image: 'filler' })).toBe(batchOf({ image: 'filler' }));
    expect(batchOf({ image: 'filler', batch: '2026-11-23' })).toBe('2026-11-23');
  });
});
