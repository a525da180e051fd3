import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { BuildOptions, BuildResult, Metafile } from 'esbuild';

type Esbuild = typeof import('esbuild');

/** The lease thread of this package, in one file with all that it imports; `npm run build` makes it so. */
export const LEASE_THREAD = 'lease-thread.js';

/** What esbuild makes a whole file of it by. */
export const LEASE_THREAD_OPTIONS = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minify: true,
  keepNames: true,
  charset: 'utf8',
  legalComments: 'none',
} as const satisfies BuildOptions;

/**
 * What esbuild makes a worker by that is one file alone, with the thread in it: such a file also runs from its text.
 *
 * @param thread the text of the lease thread
 */
export function withLeaseThread(thread: string) {
  return {
    ...LEASE_THREAD_OPTIONS,
    define: { LEASE_THREAD_TEXT: JSON.stringify(thread) },
  } as const satisfies BuildOptions;
}

/** The folders of the runtimes that are bundled, each with a thread beside what starts it: one, unless there are two versions. */
export function runtimeFolders(metafile: Metafile, directory: string): string[] {
  const starters = Object.keys(metafile.inputs).filter((path) => /(^|\/)worker\/lease\/lease\.[jt]s$/.test(path));
  const folders = starters.map((path) => realpathSync(dirname(resolve(directory, path))));
  return [...new Set(folders)].filter((folder) => manifestOf(folder)?.name === 'cdk8s-redis-work-queue');
}

/** The text of the thread that belongs to a runtime; in a clone that has no build yet, it is made here. */
export function leaseThreadIn(folder: string, esbuild: Esbuild): string {
  const built = join(folder, LEASE_THREAD);
  if (existsSync(built)) return readFileSync(built, 'utf8');
  const result: BuildResult = esbuild.buildSync({
    ...LEASE_THREAD_OPTIONS,
    absWorkingDir: folder,
    entryPoints: ['lease-thread.ts'],
    write: false,
    logLevel: 'silent',
  });
  return result.outputFiles?.[0]?.text ?? '';
}

/** The package.json of the package that a folder is in. */
export function manifestOf(folder: string): { name?: string; version?: string; type?: string } | undefined {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const parent = dirname(folder);
  return parent === folder ? undefined : manifestOf(parent);
}
