import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { BundlingOptions } from '../lib';
import { bundleEntry } from '../lib/entry/bundle';

const ROOT = join(__dirname, '..');

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'bundling-')));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: { [path: string]: string | object }, under = root) {
  for (const [path, content] of Object.entries(files)) {
    const file = join(under, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
}

const scope = { node: { path: 'test' } } as never;

function bundled(entry: string, bundling: BundlingOptions = {}) {
  return bundleEntry(scope, 'entry', join(root, entry), 'worker', bundling);
}

function filesOf({ compressed }: { compressed: Buffer }): { [name: string]: string } {
  return JSON.parse(inflateSync(compressed).toString());
}

/** What a bundle writes, run where nothing else is. */
function output(of: { compressed: Buffer }, env: { [name: string]: string } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'run-'));
  try {
    write(filesOf(of), folder);
    return execFileSync(process.execPath, ['bundle.mjs'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, ...env },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function refusal(entry: string, bundling?: BundlingOptions): string {
  try {
    bundled(entry, bundling);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

/** Bundles by the built package, in a process that runs in this folder. */
function hashIn(folder: string, entry: string): string {
  const script = `const { bundleEntry } = require(${JSON.stringify(join(ROOT, 'build/lib/entry/bundle'))});
    process.stdout.write(bundleEntry({ node: { path: 'test' } }, 'entry', ${JSON.stringify(entry)}, 'worker').hash)`;
  return execFileSync(process.execPath, ['--eval', script], { cwd: folder, encoding: 'utf8' });
}

/** A package with all that it needs, as pnpm installs it: each in a folder of its own, with links to what it depends on. */
function installStrictly(project: string, runtime = 'build/worker') {
  const store = join(project, 'node_modules/.pnpm');
  const install = (name: string, from: string): string => {
    const { version, dependencies = {} } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
    const modules = join(store, `${name.replace('/', '+')}@${version}`, 'node_modules');
    const folder = join(modules, name);
    try {
      mkdirSync(dirname(folder), { recursive: true });
      mkdirSync(folder);
    } catch {
      return folder;
    }
    if (from === ROOT) {
      for (const path of ['package.json', runtime]) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
    } else cpSync(from, folder, { recursive: true, filter: (path) => !/node_modules.*node_modules/.test(path) });
    for (const each of Object.keys(dependencies)) {
      const target = install(each, join(ROOT, 'node_modules', each));
      mkdirSync(dirname(join(modules, each)), { recursive: true });
      try {
        symlinkSync(target, join(modules, each));
      } catch {
        // It is there.
      }
    }
    return folder;
  };
  return install('cdk8s-redis-work-queue', ROOT);
}

describe('the same sources give the same bytes', () => {
  const sources = {
    'package.json': { name: 'root', private: true },
    'packages/a/package.json': { name: 'a' },
    'packages/a/src/worker.ts': `import { greet } from '../../b/greet'; import { big } from 'big'; greet(big);`,
    'packages/b/package.json': { name: '@acme/b' },
    'packages/b/greet.ts': `export function greet(name: string) { console.log('hello ' + name); }`,
    'node_modules/big/package.json': { name: 'big', main: 'index.js' },
    'node_modules/big/index.js': `exports.big = 'world';`,
  };

  test('from any working directory, and wherever the project lies', () => {
    const places = ['one', 'much/deeper/two'];
    for (const place of places) write(sources, join(root, place));
    const worker = 'packages/a/src/worker.ts';
    const hashes = places.flatMap((place) => {
      const project = join(root, place);
      return [
        hashIn(project, worker),
        hashIn(join(project, 'packages/a'), './src/worker.ts'),
        hashIn(join(project, 'packages/a/src'), 'worker.ts'),
        hashIn(tmpdir(), join(project, worker)),
      ];
    });
    expect([...new Set(hashes)]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
  });

  test('by whatever path they are reached, and names them from their package', () => {
    write(sources);
    symlinkSync(join(root, 'packages'), join(root, 'linked'));
    const direct = bundled('packages/a/src/worker.ts');
    expect(bundled('linked/a/src/worker.ts').hash).toBe(direct.hash);
    const { sources: named } = JSON.parse(filesOf(direct)['bundle.mjs.map'] as string);
    expect(named).toEqual(expect.arrayContaining(['src/worker.ts', '@acme/b/greet.ts']));
    expect(output(direct)).toBe('hello world\n');
  });

  test('where a package is linked from elsewhere', () => {
    const hashes = ['one', 'deeper/two'].map((place) => {
      const elsewhere = join(root, place, 'x/elsewhere');
      write({ 'package.json': { name: 'linked', main: 'index.js' }, 'index.js': 'exports.a = () => 1;' }, elsewhere);
      const project = join(root, 'project');
      write({ 'package.json': { name: 'p' }, 'worker.ts': `import { a } from 'linked'; console.log(a());` }, project);
      mkdirSync(join(project, 'node_modules'), { recursive: true });
      rmSync(join(project, 'node_modules/linked'), { force: true });
      symlinkSync(elsewhere, join(project, 'node_modules/linked'));
      return bundled('project/worker.ts').hash;
    });
    expect(hashes[0]).toBe(hashes[1]);
  });

  test('whether an optional package is installed or not', () => {
    const accelerator = {
      'node_modules/fast/package.json': { name: 'fast', main: 'index.js' },
      'node_modules/fast/index.js': `try { module.exports = require('fast-native'); } catch { exports.how = 'slowly'; }`,
    };
    write({ 'worker.ts': `import { how } from 'fast'; console.log(how);`, ...accelerator });
    const without = bundled('worker.ts');
    write({
      'node_modules/fast-native/package.json': { name: 'fast-native', main: 'index.js' },
      'node_modules/fast-native/index.js': `module.exports = require('node-gyp-build')(__dirname);`,
      'node_modules/fast-native/binding.gyp': '{}',
      'node_modules/node-gyp-build/index.js': 'module.exports = () => { throw new Error("no build"); };',
    });
    expect(bundled('worker.ts').hash).toBe(without.hash);
  });
});

describe('in a strict workspace', () => {
  const worker = `import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';
    runWorker(defineQueue({ name: 'job2' }), async () => {});`;

  test('the lease thread comes along with the runtime that the entry imports', () => {
    const project = join(root, 'app');
    const installed = installStrictly(project);
    symlinkSync(installed, join(project, 'node_modules/cdk8s-redis-work-queue'));
    writeFileSync(join(installed, 'build/worker/lease/lease-thread.js'), '// the one of this runtime');
    write({ 'package.json': { name: 'app' }, 'src/worker.ts': worker }, project);
    const script = `const { bundleEntry } = require(${JSON.stringify(join(ROOT, 'build/lib/entry/bundle'))});
      process.stdout.write(bundleEntry(undefined, 'entry', 'src/worker.ts', 'worker').compressed)`;
    const files = filesOf({ compressed: execFileSync(process.execPath, ['--eval', script], { cwd: project }) });
    expect(Object.keys(files)).toEqual(expect.arrayContaining(['bundle.mjs', 'bundle.mjs.map', 'lease-thread.js']));
    expect(files['lease-thread.js']).toBe('// the one of this runtime');
    expect(files['bundle.mjs']).not.toMatch(/(from|import|require)\s*\(?\s*["']cdk8s-redis-work-queue/);
  });

  test('so it does where only a package that the entry imports has the runtime', () => {
    const project = join(root, 'app');
    const installed = installStrictly(project);
    write({
      'app/package.json': { name: 'app' },
      'app/worker.ts': `import '@acme/queue';`,
      'queue/package.json': { name: '@acme/queue', main: 'index.ts' },
      'queue/index.ts': worker,
    });
    mkdirSync(join(root, 'queue/node_modules'));
    symlinkSync(installed, join(root, 'queue/node_modules/cdk8s-redis-work-queue'));
    mkdirSync(join(project, 'node_modules/@acme'));
    symlinkSync(join(root, 'queue'), join(project, 'node_modules/@acme/queue'));
    const script = `const { bundleEntry } = require(${JSON.stringify(join(ROOT, 'build/lib/entry/bundle'))});
      process.stdout.write(bundleEntry(undefined, 'entry', 'worker.ts', 'worker').compressed)`;
    const compressed = execFileSync(process.execPath, ['--eval', script], { cwd: project });
    const thread = readFileSync(join(ROOT, 'build/worker/lease/lease-thread.js'), 'utf8');
    expect(filesOf({ compressed })['lease-thread.js']).toBe(thread);
  });

  test('two copies of the runtime are refused, and named', () => {
    for (const project of ['app', 'other']) {
      const installed = installStrictly(join(root, project));
      symlinkSync(installed, join(root, project, 'node_modules/cdk8s-redis-work-queue'));
      write({ 'package.json': { name: project } }, join(root, project));
    }
    write({
      'app/worker.ts': `import '../other/more'; ${worker}`,
      'other/more.ts': `import { runWorker } from 'cdk8s-redis-work-queue/worker'; console.log(runWorker);`,
    });
    expect(() => hashIn(join(root, 'app'), 'worker.ts')).toThrow(
      /It imports 2 copies of cdk8s-redis-work-queue: 0\.1\.0 \(.*\), 0\.1\.0 \(.*\)\. A worker has one/,
    );
  });
});

describe('a native add-on', () => {
  const addOn = (name: string) => ({
    [`node_modules/${name}/package.json`]: { name, main: 'index.js' },
    [`node_modules/${name}/index.js`]: `module.exports = require('./build/Release/${name}.node');`,
    [`node_modules/${name}/build/Release/${name}.node`]: 'ELF',
    [`node_modules/${name}/binding.gyp`]: '{}',
  });
  const uses = (name: string, text: string) => ({
    [`node_modules/${name}/package.json`]: { name, main: 'index.js' },
    [`node_modules/${name}/index.js`]: text,
  });

  test.each([
    ['require', `let a; try { a = require('native'); } catch { a = { how: 'plain' }; } exports.how = a.how;`],
    ['a file of its own', `try { exports.how = require('./build/own.node').how; } catch { exports.how = 'plain'; }`],
    [
      'a wrapper of the add-on',
      `try { exports.how = require('wrapper').how; } catch (error) { exports.how = 'plain'; }`,
    ],
    [
      'import with a catch',
      `exports.how = 'plain'; import('native').then((a) => { console.log(a); }).catch(() => {});`,
    ],
  ])('that is optional is left out: %s', (_, text) => {
    write({
      ...addOn('native'),
      ...uses('wrapper', `exports.how = require('native').how;`),
      ...uses('fast', text),
      'node_modules/fast/build/own.node': 'ELF',
      'worker.ts': `import { how } from 'fast'; console.log(how);`,
    });
    expect(output(bundled('worker.ts'))).toBe('plain\n');
  });

  test('that is optional and not compiled here is left out, and refused where it is needed', () => {
    write({
      'node_modules/native/package.json': { name: 'native', main: 'index.js' },
      'node_modules/native/index.js': `module.exports = require('./build/Release/native.node');`,
      'node_modules/native/binding.gyp': '{}',
      ...uses('fast', `try { exports.how = require('native').how; } catch { exports.how = 'plain'; }`),
      'worker.ts': `import { how } from 'fast'; console.log(how);`,
      'needs.ts': `import native from 'native'; console.log(native);`,
      'missing.ts': `import native from './own.node'; console.log(native);`,
    });
    expect(output(bundled('worker.ts'))).toBe('plain\n');
    expect(refusal('needs.ts')).toMatch(/It brings native add-ons, .*: node_modules\/native \(imported by needs\.ts\)/);
    expect(refusal('missing.ts')).toMatch(/Could not resolve "\.\/own\.node"/);
  });

  test('that is needed is refused, with who needs it and the ways out', () => {
    const refused = (path: string) =>
      new RegExp(
        `It brings native add-ons, .*: ${path}.*\`bundling\\.externalModules\` and give a \`nodeImage\`.*use \`image\``,
      );
    write({ ...addOn('native'), 'worker.ts': `import native from 'native'; console.log(native);` });
    expect(refusal('worker.ts')).toMatch(refused('node_modules/native \\(imported by worker\\.ts\\)'));

    // Optional for one, needed by another.
    write({
      ...uses('fast', `try { require('native'); } catch {}`),
      'both.ts': `import 'fast'; import native from 'native'; console.log(native);`,
    });
    expect(refusal('both.ts')).toMatch(refused('node_modules/native'));

    // In a function that is called in a try, which nobody can know.
    write({ ...uses('lazy', `exports.load = () => require('native');`), 'lazy.ts': `import 'lazy';` });
    expect(refusal('lazy.ts')).toMatch(refused('node_modules/native \\(imported by node_modules/lazy/index\\.js\\)'));

    // By platform, even where none of the packages is installed.
    write({
      'node_modules/each/package.json': { main: 'i.js', optionalDependencies: { '@each/linux-x64': '1' } },
      'node_modules/each/i.js': `module.exports = require('@each/' + process.platform);`,
      'each.ts': `import 'each';`,
    });
    expect(refusal('each.ts')).toMatch(refused('node_modules/each'));
  });

  test('that the image has is left to it', () => {
    write({ ...addOn('native'), 'worker.ts': `import native from 'native'; console.log(native);` });
    const files = filesOf(bundled('worker.ts', { externalModules: ['native'] }));
    expect(files['bundle.mjs']).toMatch(/import \w+ from"native"/);
    const pod = join(root, 'pod');
    write({ 'node_modules/native/index.js': `module.exports = 'of the image';` }, pod);
    write(files, join(pod, 'worker'));
    expect(execFileSync(process.execPath, [join(pod, 'worker/bundle.mjs')], { encoding: 'utf8' })).toBe(
      'of the image\n',
    );
  });
});

describe('bundling', () => {
  test('takes each of its options to esbuild', () => {
    write({
      'worker.ts': `import query from './query.sql'; import which from 'which'; import { mine } from '@mine';
        class Odd extends Error {}
        declare const STAGE: string;
        console.log([query, which, mine, STAGE, new Odd().constructor.name, typeof injected].join());`,
      'query.sql': 'select 1',
      'mine.ts': `export const mine = 'by path';`,
      'inject.ts': `export const injected = 1;`,
      'strange.json': { compilerOptions: { paths: { '@mine': ['./mine.ts'] } } },
      'node_modules/which/package.json': {
        name: 'which',
        exports: { special: './special.js', default: './main.js' },
      },
      'node_modules/which/special.js': `module.exports = 'special';`,
      'node_modules/which/main.js': `module.exports = 'main';`,
      'node_modules/fields/package.json': { name: 'fields', main: 'main.js', special: 'special.js' },
      'node_modules/fields/special.js': `console.log('by field');`,
      'node_modules/fields/main.js': `console.log('by main');`,
      'fields.ts': `import 'fields';`,
    });
    const options: Required<BundlingOptions> = {
      externalModules: ['nothing-here'],
      loader: { '.sql': 'text' },
      define: { STAGE: '"production"' },
      minify: false,
      keepNames: true,
      sourceMap: false,
      target: 'node22',
      tsconfig: join(root, 'strange.json'),
      mainFields: ['special', 'main'],
      conditions: ['special'],
      inject: [join(root, 'inject.ts')],
      banner: '/* at the start */',
      footer: '/* at the end */',
    };
    const whole = bundled('worker.ts', options);
    const files = filesOf(whole);
    expect(Object.keys(files)).not.toContain('bundle.mjs.map');
    expect(files['bundle.mjs']).toMatch(/^\/\* at the start \*\/\n[\s\S]*\/\* at the end \*\/\n$/);
    expect(files['bundle.mjs']).toContain('// worker.ts');
    expect(output(whole)).toBe('select 1,special,by path,production,Odd,number\n');
    expect(output(bundled('fields.ts', options))).toBe('by field\n');
    expect(output(bundled('fields.ts'))).toBe('by main\n');
  });

  test.each([
    ['.js', 'jsx', 'const make = String; /** @jsx make */ console.log(<b />);', 'b\n'],
    ['.js', 'ts', 'const one: number = 1; console.log(one);', '1\n'],
    ['.ts', 'tsx', 'const make: any = String; /** @jsx make */ console.log(<b />);', 'b\n'],
    ['.js', 'text', 'no code at all: import.meta', ''],
  ])('reads a file of the ending %s as %s in all that looks into it', (ending, loader, text, printed) => {
    write({
      [`worker${ending}`]: `${text}\n// @decorators import.meta`,
      'tsconfig.json': { compilerOptions: { emitDecoratorMetadata: true } },
    });
    expect(output(bundled(`worker${ending}`, { loader: { [ending]: loader } }))).toBe(printed);
  });

  test.each([
    "import { createRequire } from 'module'; const require = createRequire(import.meta.url);",
    `import { createRequire as topLevelCreateRequire } from 'node:module';
     import url from 'node:url';
     import { dirname as up } from 'node:path';
     const require = topLevelCreateRequire(import.meta.url);
     const __filename = url.fileURLToPath(import.meta.url);
     const __dirname = up(__filename);`,
    'let module = { exports: {} };',
    'const __dirname = 1; // at the end',
  ])('takes a banner that declares what the bundle declares: %s', (banner) => {
    write({
      'worker.ts': `import './imported.cjs'; console.log(import.meta.main, typeof require, __filename.endsWith('bundle.mjs'));`,
      'imported.cjs': `require('node:fs'); console.log(typeof module.exports);`,
    });
    expect(output(bundled('worker.ts', { banner }))).toBe('object\ntrue function true\n');
  });

  test.each(['banner', 'footer'])('refuses a %s that is no JavaScript', (side) => {
    write({ 'worker.ts': '' });
    const refused = refusal('worker.ts', { [side]: 'const = 1;' });
    expect(refused).toMatch(
      new RegExp(`^test: bundling.${side} is "const = 1;"\\. It is not JavaScript:[^]*Expected identifier`),
    );
  });

  test('gives another hash where it makes another script', () => {
    write({ 'worker.ts': 'console.log(process.env.STAGE);' });
    const define = (stage: string) => bundled('worker.ts', { define: { 'process.env.STAGE': `"${stage}"` } }).hash;
    expect(define('one')).not.toBe(define('two'));
    expect(bundled('worker.ts', { minify: true }).hash).toBe(bundled('worker.ts').hash);
  });

  test('that esbuild refuses says why', () => {
    write({ 'worker.ts': 'console.log(1);' });
    expect(refusal('worker.ts', { tsconfig: 'nowhere.json' })).toMatch(
      /esbuild does not bundle it:[\s\S]*nowhere\.json/,
    );
    expect(refusal('worker.ts', { inject: ['nowhere.ts'] })).toMatch(/esbuild does not bundle it:[\s\S]*nowhere\.ts/);
  });
});

describe('what esbuild drops is said', () => {
  const decorated = `function log(_: object, __?: unknown) {} class A { constructor(@log private readonly b: string) {} } console.log(A);`;
  const metadata =
    /has decorators, and .*tsconfig.*\.json sets emitDecoratorMetadata, which esbuild does not support.*by tsc or swc/;

  test('the types that decorators read at run time', () => {
    write({
      'tsconfig.json':
        '{ // a comment\n "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true, }, }',
      'worker.ts': decorated,
      'plain.ts': '// @log\nconsole.log("user@example.com");',
    });
    expect(refusal('worker.ts')).toMatch(metadata);
    expect(output(bundled('plain.ts'))).toBe('user@example.com\n');
  });

  test('also where a tsconfig.json takes it from another, and in a file that the entry imports', () => {
    write({
      'node_modules/@acme/base/tsconfig.json': {
        compilerOptions: { emitDecoratorMetadata: true, experimentalDecorators: true },
      },
      'app/tsconfig.json': { extends: '@acme/base/tsconfig.json' },
      'app/worker.ts': `import './deep/model';`,
      'app/deep/model.ts': decorated,
      'off/tsconfig.json': { extends: '../app/tsconfig', compilerOptions: { emitDecoratorMetadata: false } },
      'off/worker.ts': decorated,
    });
    expect(refusal('app/worker.ts')).toMatch(metadata);
    expect(() => bundled('off/worker.ts')).not.toThrow();
    expect(() => bundled('app/worker.ts', { tsconfig: join(root, 'off/tsconfig.json') })).not.toThrow();
  });

  test('not of packages, and not where decorators are without it', () => {
    write({
      'tsconfig.json': { compilerOptions: { experimentalDecorators: true } },
      'worker.ts': `${decorated} import 'other';`,
      'node_modules/other/package.json': { name: 'other', main: 'index.ts' },
      'node_modules/other/tsconfig.json': {
        compilerOptions: { experimentalDecorators: true, emitDecoratorMetadata: true },
      },
      'node_modules/other/index.ts': 'function log(..._: unknown[]) {} @log class B {} console.log(B);',
    });
    expect(() => bundled('worker.ts')).not.toThrow();
  });

  test.each([
    ['readFileSync(join(__dirname, "query.sql"), "utf8")', /worker\.ts reads "query\.sql" from beside itself.*loader/],
    ['fs.readFileSync(path.join(import.meta.dirname, "./query.sql"))', /reads "\.\/query\.sql"/],
    ['await readFile(new URL("./query.sql", import.meta.url))', /reads "\.\/query\.sql".*`volumes`/],
    [
      'new Worker(new URL("./other.js", import.meta.url))',
      /starts a thread or process from "\.\/other\.js".*use `image`/,
    ],
    ['fork(join(__dirname, "other.js"))', /starts a thread or process from "other\.js"/],
  ])('a file that is not beside the script: %s', (code, message) => {
    const imports = `import fs, { readFileSync } from 'node:fs'; import { readFile } from 'node:fs/promises';
      import path, { join } from 'node:path'; import { Worker } from 'node:worker_threads'; import { fork } from 'node:child_process';
      console.log(fs, readFileSync, readFile, path, join, Worker, fork);`;
    write({ 'query.sql': 'select 1', 'other.js': '', 'worker.ts': `${imports} /* here */ console.log(${code});` });
    expect(refusal('worker.ts')).toMatch(message);
    // What is not there now is made later, and what may fail is done without.
    write({
      'later.ts': `${imports} console.log(${code.replace(/query|other/, 'later')});`,
      'tried.ts': `${imports} try { console.log(${code}); } catch {}`,
      'asked.ts': `${imports} if (fs.existsSync('query.sql')) console.log(${code});`,
      'comment.ts': `// ${code}\nconsole.log(1);`,
    });
    for (const entry of ['later.ts', 'tried.ts', 'asked.ts', 'comment.ts']) expect(() => bundled(entry)).not.toThrow();
  });
});
