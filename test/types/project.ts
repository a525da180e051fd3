import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** What a project that has installed the package holds. */
export interface Project {
  /** Its files of TypeScript, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders of the package that its types are in. */
  readonly parts: readonly string[];
  /** What else is installed; `a of b`: as `a`, the package that is here as `b`. */
  readonly packages: readonly string[];
}

/** Makes a project of its own in an empty folder. */
export function makeProject(folder: string, { files, parts, packages }: Project) {
  const own = join(folder, 'node_modules/cdk8s-redis-work-queue');
  mkdirSync(own, { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(own, 'package.json'));
  for (const part of parts) {
    cpSync(join(ROOT, 'build', part), join(own, 'build', part), {
      recursive: true,
      filter: (path) => !/\.(js|map)$/.test(path),
    });
  }
  for (const each of packages) {
    const [installed, of = installed] = each.split(' of ') as [string, string?];
    const link = join(folder, 'node_modules', installed);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', of), link);
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
}

/** What the compiler says of its files: nothing, where they are right. */
export async function compile(folder: string, options: object): Promise<string> {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023'],
    types: ['node'],
    strict: true,
    noEmit: true,
    ...options,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }));
  return promisify(execFile)(process.execPath, [TSC, '-p', folder], { cwd: folder }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout || String(error),
  );
}
