import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import type { Loader } from 'esbuild';
import type { Loaders } from './needed-imports';

type Esbuild = typeof import('esbuild');

interface TsConfig {
  readonly extends?: string | readonly string[];
  readonly compilerOptions?: { readonly emitDecoratorMetadata?: unknown };
}

/** A source with decorators, and the tsconfig.json that asks for their metadata. */
export interface LostMetadata {
  readonly file: string;
  readonly tsconfig: string;
}

/** The first of these files whose decorators would lose the metadata that its tsconfig.json asks for: esbuild emits none. */
export function lostDecoratorMetadata(
  files: readonly string[],
  tsconfig: string | undefined,
  loaders: Loaders,
  esbuild: Esbuild,
): LostMetadata | undefined {
  for (const file of files) {
    const loader = loaders[extname(file)];
    if (!loader?.startsWith('ts')) continue;
    const applies = tsconfig ?? nearest(dirname(file));
    if (applies === undefined || !emitsMetadata(applies)) continue;
    if (hasDecorators(file, loader, esbuild)) return { file, tsconfig: applies };
  }
  return undefined;
}

function hasDecorators(file: string, loader: Loader, esbuild: Esbuild): boolean {
  const text = readFileSync(file, 'utf8');
  if (!text.includes('@')) return false;
  const { code } = esbuild.transformSync(text, {
    loader,
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    logLevel: 'silent',
  });
  return code.includes('__decorateClass(');
}

function nearest(folder: string): string | undefined {
  const file = join(folder, 'tsconfig.json');
  if (existsSync(file)) return file;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearest(parent);
}

/** Whether a tsconfig.json sets it, or the last one that it extends and that says anything of it. */
function emitsMetadata(file: string, seen: readonly string[] = []): boolean {
  return metadataIn(file, seen) === true;
}

function metadataIn(file: string, seen: readonly string[]): unknown {
  if (seen.includes(file) || !existsSync(file)) return undefined;
  const { compilerOptions, extends: bases = [] } = readTsConfig(file);
  if (compilerOptions?.emitDecoratorMetadata !== undefined) return compilerOptions.emitDecoratorMetadata;
  return [bases]
    .flat()
    .map((base) => baseOf(base, file))
    .map((base) => (base === undefined ? undefined : metadataIn(base, [...seen, file])))
    .findLast((value) => value !== undefined);
}

function baseOf(base: string, file: string): string | undefined {
  const candidates = [base, `${base}.json`, `${base}/tsconfig.json`];
  if (isAbsolute(base) || /^\.{1,2}(\/|$)/.test(base)) {
    return candidates
      .map((path) => resolve(dirname(file), path))
      .find((path) => path.endsWith('.json') && existsSync(path));
  }
  const { resolve: find } = createRequire(file);
  for (const candidate of candidates) {
    try {
      const found = find(candidate);
      if (found.endsWith('.json')) return found;
    } catch {
      // It may have another name.
    }
  }
  return undefined;
}

/** JSON with comments and with commas too many. esbuild has read it before, so what is wrong with it was said. */
function readTsConfig(file: string): TsConfig {
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  const strings = String.raw`("(?:\\.|[^"\\])*")`;
  const json = text
    .replace(new RegExp(String.raw`${strings}|//[^\n]*|/\*[\s\S]*?\*/`, 'g'), (_, string?: string) => string ?? '')
    .replace(
      new RegExp(String.raw`${strings}|,(\s*[}\]])`, 'g'),
      (_, string?: string, end?: string) => string ?? end ?? '',
    );
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}
