import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { CommandError, UsageError } from '../failures';
import type { Manifest } from './manifest';
import { readManifest } from './read-manifest';

/**
 * All objects in the given YAML files, in folders of them, or on standard input (`-`).
 *
 * @throws UsageError there is no such file
 * @throws CommandError a file is not YAML; the message names file and line
 */
export async function readManifests(given: readonly string[]): Promise<Manifest[]> {
  const { LineCounter, parseAllDocuments } = await import('yaml');
  const objects: Manifest[] = [];
  for (const file of given.flatMap(filesOf)) {
    const name = file === '-' ? 'standard input' : file;
    const lineCounter = new LineCounter();
    const documents = parseAllDocuments(file === '-' ? await readAll(process.stdin) : readFileSync(file, 'utf8'), {
      lineCounter,
      prettyErrors: false,
    });
    if (!Array.isArray(documents)) continue;
    for (const document of documents) {
      const [error] = document.errors;
      if (error)
        throw new CommandError(`${name}:${lineCounter.linePos(error.pos[0]).line} is not YAML: ${error.message}`);
      const object = readManifest(document.toJS());
      if (object) objects.push(...(object.kind === 'List' ? (object.items ?? []) : [object]));
    }
  }
  return objects;
}

function filesOf(given: string): string[] {
  if (given === '-') return [given];
  const found = statSync(given, { throwIfNoEntry: false });
  if (!found)
    throw new UsageError(`There is no file ${given}. Give the files that \`cdk8s synth\` writes, such as dist/*.yaml.`);
  if (!found.isDirectory()) return [given];
  const files = readdirSync(given)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();
  if (files.length === 0) throw new UsageError(`There is no YAML file in the folder ${given}.`);
  return files.map((name) => join(given, name));
}
