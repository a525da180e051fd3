import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, makeProject } from '../types/project';
import { VERSIONS } from './versions';

const PEERS = ['cdk8s', 'constructs', '@types/node', 'undici-types'];
const NODE16 = { module: 'node16', moduleResolution: 'node16' };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plus-types-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const textOf = (file: string) => readFileSync(join(__dirname, file), 'utf8');

/** The same chart with each version, a file each. */
function ofEachVersion(): Record<string, string> {
  const text = textOf('plus-chart.ts');
  return Object.fromEntries(VERSIONS.map((name) => [`${name}.mts`, text.replaceAll('cdk8s-plus-27', name)]));
}

test('the props take the objects of every cdk8s-plus, also where an optional property may not be undefined', async () => {
  const dir = join(folder, 'versions');
  makeProject(dir, { files: ofEachVersion(), parts: ['lib', 'worker'], packages: [...PEERS, ...VERSIONS] });
  expect(await compile(dir, { ...NODE16, skipLibCheck: false })).toBe('');
  // With that option no cdk8s-plus compiles itself; skipLibCheck is for them.
  expect(await compile(dir, { ...NODE16, skipLibCheck: true, exactOptionalPropertyTypes: true })).toBe('');
});

test('the types stand by themselves, without any cdk8s-plus and with nothing excused', async () => {
  const dir = join(folder, 'none');
  const files = { 'plain.mts': textOf('plain-chart.ts'), 'wrong.mts': textOf('wrong-objects.ts') };
  makeProject(dir, { files, parts: ['lib', 'worker'], packages: PEERS });
  expect(await compile(dir, { ...NODE16, skipLibCheck: false, exactOptionalPropertyTypes: true })).toBe('');
});
