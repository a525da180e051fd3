import { brokenRules, type House } from './broken-rules';
import { circles } from './circles';
import { readImports } from './read-imports';

const HOUSE: House = {
  contract: { imports: [] },
  core: {
    imports: ['contract'],
    packages: ['client'],
    floors: [['words.ts'], ['store'], ['lease', 'queue'], ['loop'], ['index.ts']],
  },
  chart: { imports: ['contract/names.ts', 'core/store/'], packages: [] },
  cli: { imports: ['core'] },
  test: { imports: ['core', 'cli'], pastFaces: true },
};

/** A tree in which all is well, with these files beside or instead of its own. */
function graphOf(files: Record<string, string> = {}) {
  const tree = {
    'contract/names.ts': '',
    'core/words.ts': `import { NAMES } from '../contract/names';`,
    'core/store/index.ts': `export { get } from './get';`,
    'core/store/get.ts': `import client from 'client/promises'; import { join } from 'node:path'; import '../words';`,
    'core/lease/index.ts': `import { get } from '../store';`,
    'core/queue/index.ts': `import { get } from '../store'; export { fill } from './fill';`,
    'core/queue/fill.ts': '',
    'core/loop/index.ts': `import '../lease'; import '../queue';`,
    'core/index.ts': `export * from './loop'; export { get } from './store';`,
    'chart/job.ts': `import { NAMES } from '../contract/names'; import { get } from '../core/store/get';`,
    'cli/main.ts': `import { loop } from 'own-name/core';`,
    'test/loop.ts': `import { fill } from '../core/queue/fill';`,
    ...files,
  };
  return readImports(new Map(Object.entries(tree)), new Map([['own-name/core', 'core/index.ts']]));
}

const brokenBy = (files: Record<string, string>, house = HOUSE) => brokenRules(graphOf(files), house);

test('nothing is said of a tree in which all is well', () => {
  expect(brokenBy({})).toEqual([]);
  expect(circles(graphOf())).toEqual([]);
});

describe('a wing that looks upward', () => {
  test.each([
    ['by import', `import { run } from '../loop';`],
    ['for a type', `import type { Loop } from '../loop';`],
    ['by export', `export { run } from '../loop';`],
    ['by export of all', `export * from '../loop';`],
    ['by a name in a type', `export let loop: import('../loop').Loop;`],
    ['by typeof import()', `export let loop: typeof import('../loop');`],
    ['by import()', `export const load = () => import('../loop');`],
    ['by a template', 'export const load = () => import(`../loop`);'],
    ['by require()', `const loop = require('../loop');`],
    ['by import = require()', `import loop = require('../loop');`],
    ['by require.resolve()', `const path = require.resolve('../loop');`],
  ])('%s', (_, text) => {
    expect(brokenBy({ 'core/store/get.ts': text })).toEqual([
      "core/store/get.ts imports '../loop': core/loop is above core/store",
    ]);
  });

  test.each([
    ['to its own floor', 'core/lease/index.ts', '../queue', 'core/queue is on the same floor as core/lease'],
    ['to the face of all', 'core/loop/index.ts', '../index', 'core/index.ts is above core/loop'],
    [
      'to the face of all by its public name',
      'core/loop/index.ts',
      'own-name/core',
      'core/index.ts is above core/loop',
    ],
    ['by the name of what is built', 'core/lease/index.ts', '../loop/index.js', 'core/loop is above core/lease'],
  ])('%s', (_, file, specifier, rule) => {
    expect(brokenBy({ [file]: `import '${specifier}';` })).toEqual([`${file} imports '${specifier}': ${rule}`]);
  });

  test('a wing without a floor', () => {
    expect(brokenBy({ 'core/attic/index.ts': `import '../words';` })).toEqual([
      "core/attic/index.ts imports '../words': core/attic is on no floor of core",
    ]);
  });
});

describe('an import past a face', () => {
  test.each([
    ['from another wing', 'core/loop/index.ts', '../queue/fill'],
    ['from another room', 'cli/main.ts', '../core/queue/fill'],
  ])('%s', (_, file, specifier) => {
    expect(brokenBy({ [file]: `import { fill } from '${specifier}';` })).toEqual([
      `${file} imports '${specifier}': the face of core/queue is core/queue/index.ts`,
    ]);
  });

  test('to a file that is no face, where a room names its faces', () => {
    const house = { ...HOUSE, core: { ...HOUSE.core!, faces: ['index.ts', 'fill.ts'] } };
    const files = {
      'core/loop/index.ts': `import '../queue/fill'; import '../queue/seal';`,
      'core/queue/seal.ts': '',
    };
    expect(brokenBy(files, house)).toEqual([
      "core/loop/index.ts imports '../queue/seal': the face of core/queue is core/queue/index.ts or core/queue/fill.ts",
    ]);
  });

  test('tests look past it', () => {
    expect(brokenBy({ 'core/loop/loop.test.ts': `import '../queue/fill'; import '../../test/loop';` })).toEqual([]);
  });
});

describe('a room that imports what it may not', () => {
  test.each([
    ['another room', 'core/words.ts', '../chart/job', 'of the house, core may import contract'],
    [
      'a face where it may import single files',
      'chart/job.ts',
      '../core/loop',
      /^of the house, chart may import contract/,
    ],
    ['one that may import nothing', 'contract/names.ts', '../core', 'of the house, contract may import nothing'],
    ['a package', 'core/words.ts', '@scope/other/file', 'of all packages, core may import client'],
    ['a file of tests', 'cli/main.ts', './main.test', 'nothing imports a file of tests'],
  ])('%s', (_, file, specifier, rule) => {
    const broken = brokenBy({ [file]: `import type { It } from '${specifier}';`, 'cli/main.test.ts': '' });
    expect(broken).toHaveLength(1);
    const [before, after] = broken[0]!.split(`${file} imports '${specifier}': `);
    expect(before).toBe('');
    if (typeof rule === 'string') expect(after).toBe(rule);
    else expect(after).toMatch(rule);
  });

  test('a room that nobody spoke of', () => {
    expect(brokenBy({ 'shed/index.ts': `import '../core';` })).toEqual([
      'shed/index.ts imports, and no row says what shed may import',
    ]);
  });

  test('rooms that may import each other', () => {
    const house = { ...HOUSE, contract: { imports: ['core'] } };
    expect(brokenBy({}, house)).toEqual(['contract may import core, and stands before it in the house']);
  });
});

describe('a circle', () => {
  test.each([
    [
      'of two files, one for a type',
      { 'cli/a.ts': `import './b';`, 'cli/b.ts': `import type { A } from './a';` },
      'cli/a.ts → cli/b.ts → cli/a.ts',
    ],
    ['of one file', { 'cli/a.ts': `export * from './a';` }, 'cli/a.ts → cli/a.ts'],
    [
      'over two wings',
      { 'core/queue/fill.ts': `import '../loop';` },
      'core/loop/index.ts → core/queue/index.ts → core/queue/fill.ts → core/loop/index.ts',
    ],
    [
      'of a file and its face',
      { 'core/queue/fill.ts': `import '.';` },
      'core/queue/fill.ts → core/queue/index.ts → core/queue/fill.ts',
    ],
  ])('%s', (_, files, circle) => {
    expect(circles(graphOf(files as Record<string, string>))).toEqual([circle]);
  });

  test('each of two that meet', () => {
    const files = {
      'cli/a.ts': `import './b';`,
      'cli/b.ts': `import './a'; import './c';`,
      'cli/c.ts': `import './b';`,
    };
    expect(circles(graphOf(files))).toEqual(['cli/a.ts → cli/b.ts → cli/a.ts', 'cli/c.ts → cli/b.ts → cli/c.ts']);
  });
});

test('what only looks like an import is none', () => {
  const text = `// import '../loop'\nexport const sample = "import { run } from '../loop';", other = (name) => import('../' + name);`;
  expect(brokenBy({ 'core/store/get.ts': text })).toEqual([]);
});

test('a path that leads nowhere is an error', () => {
  expect(() => graphOf({ 'cli/main.ts': `import '../core/lost';` })).toThrow(
    "cli/main.ts imports '../core/lost', and there is no such file.",
  );
});
