import { join } from 'node:path';
import { brokenRules } from './broken-rules';
import { circles } from './circles';
import { HOUSE } from './house';
import { type ImportGraph, readImports } from './read-imports';
import { ownNames, readTree } from './read-tree';

const ROOT = join(__dirname, '../..');

let graph: ImportGraph;

beforeAll(() => {
  graph = readImports(readTree(ROOT), ownNames(ROOT));
});

test('no files import each other in a circle, also not for their types', () => {
  expect(circles(graph)).toEqual([]);
});

test('each file imports what its room and its floor may import, by the faces of other wings', () => {
  expect(brokenRules(graph, HOUSE)).toEqual([]);
});

test('the rooms and wings of the house are those of the tree', () => {
  const files = [...graph.keys()];
  for (const [name, { floors = [] }] of Object.entries(HOUSE)) {
    const parts = floors.flat().map((part) => `${name}/${part}`);
    for (const path of [name, ...parts]) {
      expect([path, files.some((file) => file === path || file.startsWith(`${path}/`))]).toEqual([path, true]);
    }
    for (const wing of parts.filter((part) => !part.endsWith('.ts'))) expect(files).toContain(`${wing}/index.ts`);
  }
});
