import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, makeProject } from './project';

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
  const files = { [file]: readFileSync(join(__dirname, file), 'utf8') };
  makeProject(dir, { files, parts: ['worker', 'testing', 'otel', 'bull-board'], packages });
  return dir;
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
    const dir = project(`bare-${moduleResolution}`, 'bare.mts', ['@opentelemetry/api', '@types/node', 'undici-types']);
    const options = { module, moduleResolution, skipLibCheck: false, exactOptionalPropertyTypes: true };
    expect(await compile(dir, options)).toBe('');
  },
);

test.each(['@bull-board/api', '@bull-board/api of bull-board-api-lowest'])(
  'the adapter is one that a board takes (%s)',
  async (api) => {
    const dir = project(`board-${api.replaceAll(/\W/g, '-')}`, 'board.mts', [api, 'valibot', '@types/node']);
    expect(await compile(dir, { module: 'node16', skipLibCheck: true })).toBe('');
  },
);

test('TypeScript 5 finds the same types by its older module resolution, which knows no exports', () => {
  const { exports, typesVersions } = require('cdk8s-redis-work-queue/package.json');
  const exported = Object.entries<{ types?: string }>(exports).filter(([entry, { types }]) => types && entry !== '.');
  const expected = exported.map(([entry, { types }]) => [entry.replace('./', ''), [types?.replace('./', '')]]);
  expect(typesVersions).toEqual({ '*': Object.fromEntries(expected) });
});
