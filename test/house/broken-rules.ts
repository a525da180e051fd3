import type { ImportGraph } from './read-imports';

/** A folder at the root of the tree, or a file there. */
export interface Room {
  /**
   * What it may import of the other rooms: `worker` by its faces, `worker/scripts/` each file below, `worker/contract.ts`
   * this file alone. A room stands after those that it imports.
   */
  readonly imports: readonly string[];
  /** Packages that it may import, also for types. @default any */
  readonly packages?: readonly string[];
  /**
   * Its own files and folders, from the bottom up: each imports from the floors below its own. Each folder is a wing,
   * whose {@link faces} are all that others import.
   * @default it has no wings
   */
  readonly floors?: readonly (readonly string[])[];
  /** The files of a wing that others import. A wing has at least one of them. @default index.ts */
  readonly faces?: readonly string[];
  /** It may import what lies behind a face. @default false */
  readonly pastFaces?: boolean;
}

/** The faces of a wing in a room that names no others. */
export const ONE_FACE: readonly string[] = ['index.ts'];

/** The rooms by name, each after those that it imports. */
export type House = Readonly<Record<string, Room>>;

/** What breaks a rule, a line each: the file, what it imports, and the rule. A file of tests may import anything. */
export function brokenRules(graph: ImportGraph, house: House): string[] {
  const broken = new Set(wrongOrder(house));
  for (const [file, imports] of graph) {
    const room = house[roomOf(file)];
    if (imports.length === 0 || isTest(file)) continue;
    if (!room) {
      broken.add(`${file} imports, and no row says what ${roomOf(file)} may import`);
      continue;
    }
    for (const { target, specifier } of imports) {
      const rule = graph.has(target) ? brokenByFile(house, file, target) : brokenByPackage(room, file, target);
      if (rule) broken.add(`${file} imports '${specifier}': ${rule}`);
    }
  }
  return [...broken];
}

function wrongOrder(house: House): string[] {
  const names = Object.keys(house);
  return names.flatMap((name, at) =>
    house[name]!.imports.map(roomOf)
      .filter((other) => !names.slice(0, at).includes(other))
      .map((other) => `${name} may import ${other}, and stands before it in the house`),
  );
}

function brokenByFile(house: House, file: string, target: string): string | undefined {
  if (isTest(target)) return 'nothing imports a file of tests';
  const name = roomOf(file);
  const room = house[name]!;
  if (roomOf(target) === name) return offFloor(room, file, target) ?? pastFace(room, file, target);
  const { imports, pastFaces } = room;
  if (imports.some((each) => each === target || (each.endsWith('/') && target.startsWith(each)))) return undefined;
  if (!imports.includes(roomOf(target))) return `of the house, ${name} may import ${list(imports)}`;
  return pastFaces ? undefined : pastFace(house[roomOf(target)]!, file, target);
}

function offFloor({ floors }: Room, file: string, target: string): string | undefined {
  if (!floors || partOf(file) === partOf(target)) return undefined;
  const floorOf = (path: string) => floors.findIndex((floor) => floor.includes(partOf(path)));
  for (const path of [file, target]) {
    if (floorOf(path) === -1) return `${roomOf(path)}/${partOf(path)} is on no floor of ${roomOf(path)}`;
  }
  if (floorOf(target) < floorOf(file)) return undefined;
  const where = floorOf(target) === floorOf(file) ? 'on the same floor as' : 'above';
  return `${roomOf(target)}/${partOf(target)} is ${where} ${roomOf(file)}/${partOf(file)}`;
}

function pastFace({ floors = [], faces = ONE_FACE }: Room, file: string, target: string): string | undefined {
  const wing = `${roomOf(target)}/${partOf(target)}`;
  const isWing = target !== wing && floors.flat().includes(partOf(target));
  const paths = faces.map((face) => `${wing}/${face}`);
  if (!isWing || paths.includes(target) || file.startsWith(`${wing}/`)) return undefined;
  return `the face of ${wing} is ${paths.join(' or ')}`;
}

function brokenByPackage({ packages }: Room, file: string, target: string): string | undefined {
  if (!packages || target.startsWith('node:')) return undefined;
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(target)![0];
  return packages.includes(name) ? undefined : `of all packages, ${roomOf(file)} may import ${list(packages)}`;
}

const isTest = (path: string) => path.endsWith('.test.ts');
const roomOf = (path: string) => path.split('/')[0]!;
const partOf = (path: string) => path.split('/')[1]!;
const list = (names: readonly string[]) => (names.length > 0 ? names.join(', ') : 'nothing');
