import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const MODULE_RESOLUTIONS = [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'types-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A project that has installed the package and these others, and holds one file. */
function project(name: string, file: string, packages: readonly string[]): string {
  const dir = join(folder, name);
  const own = join(dir, 'node_modules/cdk8s-redis-work-queue');
  mkdirSync(own, { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(own, 'package.json'));
  for (const part of ['worker', 'testing']) {
    cpSync(join(ROOT, 'build', part), join(own, 'build', part), {
      recursive: true,
      filter: (path) => !/\.(js|map)$/.test(path),
    });
  }
  for (const installed of packages) {
    const link = join(dir, 'node_modules', installed);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', installed), link);
  }
  copyFileSync(join(__dirname, file), join(dir, file));
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }');
  return dir;
}

async function compile(dir: string, options: object): Promise<string> {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023'],
    types: ['node'],
    strict: true,
    noEmit: true,
    ...options,
  };
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }));
  return promisify(execFile)(process.execPath, [TSC, '-p', dir], { cwd: dir }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout || String(error),
  );
}

test.each(MODULE_RESOLUTIONS)(
  'types flow from zod, valibot and arktype to fill and handler (module %s, moduleResolution %s)',
  async (module, moduleResolution) => {
    const schemas = ['zod', 'valibot', 'arktype'];
    const dir = project(`schemas-${moduleResolution}`, 'schemas.mts', [...schemas, 'expect-type', '@types/node']);
    // Types of those libraries need names of browsers; skipLibCheck is for them.
    const options = { module, moduleResolution, noUncheckedIndexedAccess: true, skipLibCheck: true };
    expect(await compile(dir, options)).toBe('');
  },
);

test.each(MODULE_RESOLUTIONS)(
  'the types stand by themselves, without ioredis, cdk8s and any schema library (module %s, moduleResolution %s)',
  async (module, moduleResolution) => {
    const dir = project(`bare-${moduleResolution}`, 'bare.mts', ['@types/node', 'undici-types']);
    const options = { module, moduleResolution, skipLibCheck: false, exactOptionalPropertyTypes: true };
    expect(await compile(dir, options)).toBe('');
  },
);

test('TypeScript 5 finds the same types by its older module resolution, which knows no exports', () => {
  const { exports, typesVersions } = require('cdk8s-redis-work-queue/package.json');
  const exported = Object.entries<{ types?: string }>(exports).filter(([entry, { types }]) => types && entry !== '.');
  const expected = exported.map(([entry, { types }]) => [entry.replace('./', ''), [types?.replace('./', '')]]);
  expect(typesVersions).toEqual({ '*': Object.fromEntries(expected) });
});
