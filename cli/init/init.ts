import { basename, resolve } from 'node:path';
import type { Context } from '../context';
import { writeProject } from './write-project';

/** Writes a small project and says how to go on. */
export function init(folder: string, { name }: { readonly name?: string }, { out, colours }: Context): void {
  const files = writeProject(folder, name ?? basename(resolve(folder)));
  out(`Wrote ${files.join(', ')} to ${folder}.`);
  out(`\n${colours.bold('Next steps')}`);
  for (const line of [`cd ${quoted(folder)}`, 'npm install', 'npm test', 'npm run synth', 'kubectl apply -f dist/'])
    out(`  ${line}`);
}

/** A word for a shell. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
