import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/**
 * The folder that the sources of an entry are named from: that of the nearest package.json; without one, of a
 * tsconfig.json or node_modules. The working directory has no part in it, so the same sources give the same bundle
 * wherever synth runs.
 */
export function projectOf(file: string): string {
  const folder = dirname(file);
  return nearest(folder, ['package.json']) ?? nearest(folder, ['tsconfig.json', 'node_modules']) ?? folder;
}

/**
 * What stack traces call a source: its path in the project, or else in its own package, whose place is different on each
 * machine.
 */
export function sourceName(source: string, project: string): string {
  const file = resolve(project, source);
  const path = relative(project, file);
  if (!path.startsWith('..')) return posix(path);
  const owner = nearest(dirname(file), ['package.json']);
  const { name } = owner === undefined ? {} : JSON.parse(readFileSync(join(owner, 'package.json'), 'utf8'));
  // The root of a workspace holds the project, and is not one of its packages.
  const holds = owner !== undefined && !relative(owner, project).startsWith('..');
  return name && !holds ? posix(join(name, relative(owner as string, file))) : posix(path);
}

function nearest(folder: string, names: readonly string[]): string | undefined {
  if (names.some((name) => existsSync(join(folder, name)))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearest(parent, names);
}

function posix(path: string): string {
  return path.split(sep).join('/');
}
