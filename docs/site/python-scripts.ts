/**
 * The scripts of a worker as its Python client has them, in the pieces that they are put together from.
 *
 * `npm run docs` writes the file, so that the client can be installed from a clone without Node; a test holds it against the
 * scripts.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptsInPieces } from './scripts-in-full';

export const PYTHON_SCRIPTS = join(__dirname, '../../clients/python/rediswq/scripts.json');

const OF_WORKERS = ['enter', 'exchange', 'renew', 'abandon', 'keep'];

/** The file as it should be. */
export function pythonScripts(): string {
  const { pieces, recipes } = scriptsInPieces();
  const ofWorkers = recipes.filter(({ name }) => OF_WORKERS.includes(name));
  const needed: Record<string, string> = {};
  const scripts: Record<string, { keys: readonly string[]; pieces: string[] }> = {};
  for (const { name, keys, pieces: shared, itself } of ofWorkers) {
    for (const piece of shared) needed[piece] = pieces[piece] as string;
    needed[`${name} itself`] = itself;
    scripts[name] = { keys, pieces: [...shared, `${name} itself`] };
  }
  return `${JSON.stringify({ scripts, pieces: needed }, null, 2)}\n`;
}

if (require.main === module) writeFileSync(PYTHON_SCRIPTS, pythonScripts());
