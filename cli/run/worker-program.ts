import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError, UsageError } from '../failures';

/** How node runs a worker's file. */
export interface WorkerProgram {
  readonly args: readonly string[];
  /** Removes what was made to run it. */
  dispose(): void;
}

type Esbuild = typeof import('esbuild');

/**
 * JavaScript runs as it is. TypeScript runs by tsx or esbuild, whichever the worker's own project has, else by node
 * itself, where that is new enough.
 *
 * @throws UsageError there is no such file, or nothing to run it with
 * @throws CommandError esbuild finds it wrong
 */
export async function prepareWorker(given: string): Promise<WorkerProgram> {
  const file = resolve(given);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new UsageError(`There is no file ${given}. Name the file that calls runWorker, such as worker.ts.`);
  }
  const nothing = () => {};
  if (/^\.[cm]?js$/.test(extname(file))) return { args: [file], dispose: nothing };
  if (!/^\.[cm]?ts$/.test(extname(file))) {
    throw new UsageError(`${given} is neither JavaScript (.js, .mjs, .cjs) nor TypeScript (.ts, .mts, .cts).`);
  }
  const require = createRequire(file);
  const tsx = found(require, 'tsx');
  if (tsx) return { args: ['--import', pathToFileURL(tsx).href, file], dispose: nothing };
  const esbuild = found(require, 'esbuild');
  if (esbuild) return bundle(require(esbuild) as Esbuild, file, given);
  if ((process.features as { typescript?: unknown }).typescript) return { args: [file], dispose: nothing };
  throw new UsageError(
    `${given} is TypeScript, and nothing that runs it is installed: install tsx or esbuild in its project ` +
      '(npm install --save-dev tsx), use Node 22.18 or newer, or compile it and name the .js file.',
  );
}

function found(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

async function bundle({ build, formatMessages }: Esbuild, file: string, given: string): Promise<WorkerProgram> {
  const name = createHash('sha256').update(`${file} ${process.pid}`).digest('hex').slice(0, 16);
  const folder = join(modulesOf(file), '.cache', 'redis-work-queue', name);
  mkdirSync(folder, { recursive: true });
  const dispose = () => rmSync(folder, { recursive: true, force: true });
  const outfile = join(folder, 'worker.mjs');
  try {
    // Packages stay where they are: native add-ons and the runtime's own thread need their files.
    await build({
      entryPoints: [file],
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: `node${process.versions.node}`,
      sourcemap: 'inline',
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
      logLevel: 'silent',
    });
  } catch (error) {
    dispose();
    const { errors } = error as { errors?: import('esbuild').Message[] };
    if (!errors) throw error;
    const messages = await formatMessages(errors, { kind: 'error', color: false });
    throw new CommandError(`esbuild cannot compile ${given}:\n\n${messages.join('').trimEnd()}`);
  }
  return { args: ['--enable-source-maps', outfile], dispose };
}

/** The nearest folder from which the worker's imports are found. */
function modulesOf(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (statSync(modules, { throwIfNoEntry: false })?.isDirectory()) return modules;
    if (folder === dirname(folder))
      throw new UsageError(`${file} has no node_modules; run npm install in its project.`);
  }
}
