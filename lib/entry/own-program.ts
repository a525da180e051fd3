import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildResult } from 'esbuild';
import type { Bundle } from './bundle';
import { leaseThreadIn, withLeaseThread } from './lease-thread-file';

/** A program of this package that runs beside an image of a user, or in it: the work agent, and what runs a command for each item. */
export type OwnProgram = 'agent' | 'command';

/** Where the ConfigMaps are mounted: in nobody's way, as the image may be a user's. */
export const OWN_DIRECTORY = '/opt/work-queue';

const packed = new Map<OwnProgram, Bundle>();

/** One of them, which is one file, as ConfigMaps hold it (`EntryBundle`). */
export function ownProgram(program: OwnProgram): Bundle {
  const known = packed.get(program);
  if (known) return known;
  const { deflate } = require('./deflate') as typeof import('./deflate');
  const text = textOf(program);
  const loader = loaderOf(program);
  const bundle: Bundle = {
    hash: createHash('sha256').update(text).update(loader).digest('hex').slice(0, 16),
    compressed: deflate(text),
    loader,
    largestInputs: program,
    queues: [],
  };
  packed.set(program, bundle);
  return bundle;
}

/** Its text, which `npm run build` makes; in a clone that has no build yet, it is made here. */
function textOf(program: OwnProgram): string {
  const root = join(__dirname, '../..');
  const built = join(root, `${program}.js`);
  if (existsSync(built)) return readFileSync(built, 'utf8');
  const esbuild = require('esbuild') as typeof import('esbuild');
  const result: BuildResult = esbuild.buildSync({
    ...withLeaseThread(leaseThreadIn(join(root, 'worker/lease'), esbuild)),
    absWorkingDir: root,
    entryPoints: [`${program}/main.ts`],
    write: false,
    logLevel: 'silent',
  });
  return result.outputFiles?.[0]?.text ?? '';
}

/**
 * Unpacks it and runs it as Node runs its main program, from memory: nothing is written, and the working directory stays
 * that of the image.
 */
function loaderOf(program: OwnProgram): string {
  return `\
import { readdirSync, readFileSync } from 'node:fs';
import Module from 'node:module';
import { inflateSync } from 'node:zlib';
const folder = '${OWN_DIRECTORY}/';
const parts = readdirSync(folder).filter((name) => name.startsWith('part-')).sort();
const text = inflateSync(Buffer.concat(parts.map((name) => readFileSync(folder + name)))).toString();
const main = new Module(folder + '${program}.cjs');
main.filename = process.argv[1] = main.id;
process.mainModule = main;
main._compile(text, main.id);
`;
}
