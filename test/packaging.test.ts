import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
let packed: string[];

beforeAll(async () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT });
  const [tarball] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  packed = tarball.files.map(({ path }) => path);
});

test('ioredis is the one thing that an installation brings', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['ioredis']);
  expect(manifest).not.toHaveProperty('optionalDependencies');
});

describe('what npm ci brings', () => {
  type Locked = {
    version: string;
    name?: string;
    resolved?: string;
    integrity?: string;
    inBundle?: true;
    hasInstallScript?: true;
  };
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const locked = Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({ path, name: entry.name ?? path.replace(/^.*node_modules\//, ''), ...entry }));

  test('backport, which cdk8s-plus-27 names and never loads, is replaced by a package that is empty', () => {
    expect(locked.filter(({ path }) => path.endsWith('/backport')).map(({ name }) => name)).toEqual(['@gitlab/noop']);
    expect(locked.map(({ name }) => name)).not.toContain('backport');
  });

  test('each package with an install script is one that package.json decides on', () => {
    const scripted = locked.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
    expect(scripted.filter((name) => manifest.allowScripts[name] !== false)).toEqual([]);
  });

  test('the lock file names no registry, and every package by its hash', () => {
    expect(locked.filter(({ resolved }) => resolved)).toEqual([]);
    expect(locked.filter(({ integrity, inBundle }) => !integrity && !inBundle).map(({ path }) => path)).toEqual([]);
  });
});

test('the tarball holds the halves, the command line and its page, the metrics, the programs of agents and commands, the spans, the adapter of the board, the testing kit, the licence and what npm always adds, and nothing of the house', () => {
  const folders = packed.map((path) => /^(?:build\/[^/]+|docs)\//.exec(path)?.[0] ?? path);
  const expected = [
    'build/bull-board/',
    'build/THIRD-PARTY-LICENSES.txt',
    'build/agent.js',
    'build/command.js',
    'build/cli/',
    'build/lib/',
    'build/metrics/',
    'build/otel/',
    'build/testing/',
    'build/ui/',
    'build/worker/',
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'docs/',
    'package.json',
  ];
  expect([...new Set(folders)].sort()).toEqual(expected.sort());
  expect(packed.filter((path) => /\.test\.|\/test\//.test(path))).toEqual([]);
  // Its one file is bundled; what the demo borrows of it is compiled beside that.
  const commandLine = packed.filter((path) => path.startsWith('build/cli/'));
  expect(commandLine.sort()).toEqual(['build/cli/THIRD-PARTY-LICENSES.txt', 'build/cli/rwq.js']);
  const page = packed.filter((path) => path.startsWith('build/ui/')).map((path) => path.replace('build/ui/page/', ''));
  expect(page.sort()).toEqual(['THIRD-PARTY-LICENSES.txt', 'app.css', 'app.js', 'index.html']);
});

test('each page that a message or a docstring names is in it', () => {
  const named = packed
    .filter((path) => /^build\/.*\.(?:js|d\.ts)$/.test(path))
    .flatMap((path) => [...readFileSync(join(ROOT, path), 'utf8').matchAll(/(?<![\w/.-])docs\/[\w./-]*\w/g)])
    .map(([page]) => page);
  expect(new Set(named)).toContain('docs/redis.md');
  expect([...new Set(named)].filter((page) => !packed.includes(page))).toEqual([]);
});

test('each source that a source map names is in it', () => {
  for (const path of packed) {
    if (path.endsWith('.map')) {
      const { sources, sourcesContent = [] } = JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
      const missing = sources.filter((source: string, i: number) => {
        return typeof sourcesContent[i] !== 'string' && !packed.includes(join(dirname(path), source));
      });
      expect({ path, missing }).toEqual({ path, missing: [] });
    } else if (path.endsWith('.js')) {
      const [, map] = /^\/\/# sourceMappingURL=(?!data:)(.+)$/m.exec(readFileSync(join(ROOT, path), 'utf8')) ?? [];
      if (map) expect(packed).toContain(join(dirname(path), map));
    }
  }
});

test('it says where it comes from, and where to report what is wrong', () => {
  const page = 'https://github.com/cdk8s-redis-work-queue/cdk8s-redis-work-queue';
  expect(manifest).toMatchObject({
    repository: { type: 'git', url: `git+${page}.git` },
    homepage: `${page}#readme`,
    bugs: `${page}/issues`,
  });
  expect(manifest.keywords).toEqual(expect.arrayContaining(['cdk8s', 'kubernetes', 'redis', 'work-queue']));
});

test('what package.json points at is in it', () => {
  const targets = [
    manifest.main,
    manifest.types,
    ...strings(manifest.exports),
    ...strings(manifest.bin),
    ...strings(manifest.files),
  ];
  for (const target of targets.map((each) => normalize(each).replace(/\/\*\.md$/, ''))) {
    expect(packed.filter((path) => path === target || path.startsWith(`${target}/`))).not.toEqual([]);
  }
});

test('no packed file requires one that is not packed', () => {
  const missing = packed
    .filter((path) => path.endsWith('.js'))
    .flatMap((path) => {
      const required = readFileSync(join(ROOT, path), 'utf8').matchAll(/require\(['"](\.{1,2}\/[^'"]+)['"]\)/g);
      return [...required].map((match) => join(dirname(path), match[1]!));
    })
    .filter((path) => !['.js', '/index.js', ''].some((end) => packed.includes(path + end)));
  expect(missing).toEqual([]);
});

test('no packed file requires a package that an installation does not bring', () => {
  const { metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: packed.filter((path) => path.endsWith('.js')),
    bundle: true,
    packages: 'external',
    platform: 'node',
    outdir: 'out',
    write: false,
    metafile: true,
  });
  const required = Object.values(metafile.inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ external, path }) => external && !isBuiltin(path))
    .map(({ path }) => /^(@[^/]+\/)?[^/]+/.exec(path)![0]);
  const brought = [manifest.name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })];
  expect([...new Set(required)].filter((name) => !brought.includes(name))).toEqual([]);
});

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value && typeof value === 'object' ? Object.values(value).flatMap(strings) : [];
}
