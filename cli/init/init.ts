import { basename, resolve } from 'node:path';
import type { Context } from '../context';
import { shellWord } from '../text';
import { writeProject } from './write-project';

/** Writes a small project and says how to go on. */
export function init(folder: string, { name }: { readonly name?: string }, { out, colours }: Context): void {
  const files = writeProject(folder, name ?? basename(resolve(folder)));
  out(`Wrote ${files.join(', ')} to ${folder}.`);
  out(`\n${colours.bold('Next steps')}`);
  const there = /^[\w./-]+$/.test(folder) ? folder : shellWord(folder);
  for (const line of [`cd ${there}`, 'npm install', 'npm test', 'npm run synth', 'kubectl apply -f dist/'])
    out(`  ${line}`);
}
