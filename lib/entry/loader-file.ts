import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildOptions, BuildResult } from 'esbuild';
import { LEASE_THREAD_OPTIONS } from './lease-thread-file';

/** The name of the loader of bundles beside their parts. */
export const LOADER = 'unpack.mjs';

/** What esbuild makes it by. */
export const LOADER_OPTIONS = { ...LEASE_THREAD_OPTIONS, format: 'esm' } as const satisfies BuildOptions;

/** The text of the loader, which `npm run build` makes; in a clone that has no build yet, it is made here. */
export function loaderText(esbuild: typeof import('esbuild')): string {
  const folder = join(__dirname, '../../worker/process');
  const built = join(folder, LOADER);
  if (existsSync(built)) return readFileSync(built, 'utf8');
  const result: BuildResult = esbuild.buildSync({
    ...LOADER_OPTIONS,
    absWorkingDir: folder,
    entryPoints: ['unpack.ts'],
    write: false,
    logLevel: 'silent',
  });
  return result.outputFiles?.[0]?.text ?? '';
}
