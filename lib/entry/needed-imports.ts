import { join, parse } from 'node:path';
import type { BuildFailure, Loader } from 'esbuild';

type Esbuild = typeof import('esbuild');

/** How esbuild reads source code, by the ending of its file. */
export type Loaders = { readonly [ending: string]: Loader | undefined };

const LOADERS: Loaders = {
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
};

/** The loaders of source code, with those that `bundling` adds or replaces. An ending that is no code has none. */
export function codeLoaders(given: { readonly [ending: string]: string } = {}): Loaders {
  const isCode = (loader: string | undefined) => /^[jt]sx?$/.test(loader ?? '');
  return Object.fromEntries(
    Object.entries({ ...LOADERS, ...(given as Loaders) }).filter(([, loader]) => isCode(loader)),
  );
}

const NOWHERE = join(parse(__dirname).root, 'nothing-is-here');

/**
 * The imports that a source does not run without: where nothing can be resolved, esbuild complains of each that is not in
 * a `try` and has no `catch`.
 */
export function unresolved(text: string, esbuild: Esbuild, loader: Loader = 'js'): string[] {
  try {
    esbuild.buildSync({
      stdin: { contents: text, loader, resolveDir: NOWHERE },
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
      logLevel: 'silent',
      logLimit: 0,
    });
    return [];
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (!errors) throw error;
    return errors.flatMap(({ text }) => /^Could not resolve "(.*)"$/.exec(text)?.[1] ?? []);
  }
}
