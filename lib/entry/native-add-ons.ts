import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import type { Message, Metafile } from 'esbuild';
import { type Loaders, unresolved } from './needed-imports';

type Esbuild = typeof import('esbuild');
type Import = Metafile['inputs'][string]['imports'][number];

/** Native add-ons among what a bundle imports. */
export interface NativeAddOns {
  /** Those that it does not run without: a file or package, and who imports it. */
  readonly needed: readonly { readonly path: string; readonly importer: string }[];
  /** Patterns of imports that lead to the others: to leave them out, which is what their importer expects. */
  readonly optional: readonly string[];
}

/**
 * Finds native add-ons. One is optional where it is reached only through imports that may fail, in a `try` or with a
 * `catch`.
 */
export function nativeAddOns(
  { inputs, outputs }: Metafile,
  directory: string,
  loaders: Loaders,
  esbuild: Esbuild,
): NativeAddOns {
  const entry = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined)?.entryPoint ?? '';
  const native = nativeInputs(Object.keys(inputs), directory);
  if (native.size === 0) return { needed: [], optional: [] };
  const leading = importersOf(inputs, native);

  const needed = new Map<string, string>();
  const optional = new Map<string, Import[]>();
  const visited = new Set([entry]);
  for (const file of visited) {
    const imports = (inputs[file]?.imports ?? []).filter(({ path }) => leading.has(path));
    if (imports.length === 0) continue;
    const mayFail = optionalImports(resolve(directory, file), imports, loaders, esbuild);
    for (const each of imports) {
      if (mayFail.has(each.original ?? '')) optional.set(each.path, [...(optional.get(each.path) ?? []), each]);
      else if (native.has(each.path)) needed.set(native.get(each.path) as string, file);
      else visited.add(each.path);
    }
  }
  const unreached = [...optional].filter(([path]) => !visited.has(path)).flatMap(([, imports]) => imports);
  return {
    needed: [...needed].map(([path, importer]) => ({ path, importer })),
    optional: [...new Set(unreached.map(({ original = '' }) => patternOf(original)))].sort(),
  };
}

/**
 * Patterns of imports that an add-on has no file for, as where it was installed and not compiled; nothing, where any of
 * these errors is another one.
 */
export function uncompiledImports(errors: readonly Message[], directory: string): string[] | undefined {
  const patterns = errors.map(({ text, location }) => {
    const name = /^Could not resolve "(.*)"$/.exec(text)?.[1];
    const folder = packageOf(location?.file ?? '');
    return name !== undefined && folder !== undefined && isNative(resolve(directory, folder))
      ? patternOf(name)
      : undefined;
  });
  return patterns.includes(undefined) ? undefined : (patterns as string[]);
}

/** What leaves an import out as it is written: esbuild would make another path of a relative one. */
function patternOf(name: string): string {
  return name.replace(/^\.{1,2}(?=\/)/, '*');
}

/** The folder of the package that a file belongs to, if it is in node_modules. */
export function packageOf(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

/** Each native input, and what a message calls it. */
function nativeInputs(paths: readonly string[], directory: string): Map<string, string> {
  const packages = new Map<string, boolean>();
  const native = new Map<string, string>();
  for (const path of paths) {
    const folder = packageOf(path);
    if (folder !== undefined && !packages.has(folder)) packages.set(folder, isNative(resolve(directory, folder)));
    if (folder !== undefined && packages.get(folder)) native.set(path, folder);
    else if (path.endsWith('.node')) native.set(path, path);
  }
  return native;
}

/** The files from which imports lead to these, and these. */
function importersOf(inputs: Metafile['inputs'], targets: ReadonlyMap<string, string>): Set<string> {
  const importers = new Map<string, string[]>();
  for (const [file, { imports }] of Object.entries(inputs)) {
    for (const { path } of imports) importers.set(path, [...(importers.get(path) ?? []), file]);
  }
  const leading = new Set(targets.keys());
  for (const path of leading) for (const file of importers.get(path) ?? []) leading.add(file);
  return leading;
}

/** Which imports of a file may fail. */
function optionalImports(file: string, imports: readonly Import[], loaders: Loaders, esbuild: Esbuild): Set<string> {
  const requested = new Set(imports.flatMap(({ original }) => original ?? []));
  // What is only generated, as the start of a bundle, has no file and nothing optional.
  if (!existsSync(file)) return new Set();
  for (const needed of unresolved(readFileSync(file, 'utf8'), esbuild, loaders[extname(file)]))
    requested.delete(needed);
  return requested;
}

const PLATFORM = /(^|[-_/])(linux|darwin|win32|freebsd|android)[-_](x64|ia32|arm64|arm|ppc64|s390x|riscv64|universal)/;

/** Whether a package is compiled for each platform: from source, or by packages that each name theirs. */
function isNative(folder: string): boolean {
  if (existsSync(join(folder, 'binding.gyp')) || hasPrebuilds(join(folder, 'prebuilds'))) return true;
  const names = Object.keys(readManifest(folder).optionalDependencies ?? {});
  return names.some((name) => PLATFORM.test(name) || manifestsAbove(folder, name).some(({ cpu }) => cpu !== undefined));
}

function hasPrebuilds(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => PLATFORM.test(name));
}

/** Of a package, where Node would look for it from a folder. */
function manifestsAbove(folder: string, name: string): Manifest[] {
  const manifest = readManifest(join(folder, 'node_modules', name));
  const parent = dirname(folder);
  return [manifest, ...(parent === folder ? [] : manifestsAbove(parent, name))];
}

interface Manifest {
  readonly cpu?: unknown;
  readonly optionalDependencies?: object;
}

function readManifest(folder: string): Manifest {
  const file = join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
