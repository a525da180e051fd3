import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenRules, type House, ONE_FACE } from './broken-rules';
import { circles } from './circles';
import { describedPaths } from './described-paths';
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
  for (const [name, { floors = [], faces = ONE_FACE }] of Object.entries(HOUSE)) {
    const parts = floors.flat().map((part) => `${name}/${part}`);
    for (const path of [name, ...parts]) {
      expect([path, files.some((file) => file === path || file.startsWith(`${path}/`))]).toEqual([path, true]);
    }
    for (const wing of parts.filter((part) => !part.endsWith('.ts'))) {
      expect([wing, faces.some((face) => files.includes(`${wing}/${face}`))]).toEqual([wing, true]);
    }
  }
});

test('CONTRIBUTING.md has a row for each room and wing of the house, and none for what is not in the tree', () => {
  const described = describedPaths(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8'));
  expect(foldersOf(HOUSE).filter((folder) => !described.includes(folder))).toEqual([]);
  const files = [...graph.keys()];
  const isThere = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`));
  expect(described.filter((path) => !isThere(path))).toEqual([]);
});

test('CONTRIBUTING.md has the wings of worker/ in the order of their floors, the highest first', () => {
  const described = describedPaths(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8'));
  const { floors = [] } = HOUSE.worker!;
  const table = described.slice(described.lastIndexOf('worker/index.ts')).map((path) => path.replace('worker/', ''));
  const floorOf = (part: string) => floors.findIndex((floor) => floor.includes(part));
  expect(table).toEqual([...table].sort((a, b) => floorOf(b) - floorOf(a)));
  expect([...table].sort()).toEqual(floors.flat().sort());
});

/** The folders of a house: its rooms, and their wings. */
function foldersOf(house: House): string[] {
  return Object.entries(house).flatMap(([room, { floors = [] }]) =>
    room.includes('.', 1)
      ? []
      : [room, ...floors.flat().flatMap((part) => (part.includes('.') ? [] : `${room}/${part}`))],
  );
}
