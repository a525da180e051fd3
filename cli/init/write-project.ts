import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../failures';
import { projectFiles } from './template';

/**
 * Writes a small project: a queue, its worker, a chart that fills the one and runs the other, and a test.
 *
 * @param dir the folder, which is made; an empty one will do
 * @param name name of the project, the queue and the chart
 * @returns the names of the files
 * @throws UsageError Kubernetes does not accept the name, or the folder is a file or not empty
 */
export function writeProject(dir: string, name: string): string[] {
  if (!/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name)) {
    throw new UsageError(
      `${JSON.stringify(name)} cannot name a project: use at most 40 lower-case letters, digits and hyphens, with a letter in front and no hyphen at the end, such as "my-queue"`,
    );
  }
  const found = statSync(dir, { throwIfNoEntry: false });
  if (found && !found.isDirectory()) throw new UsageError(`${dir} is a file; name a folder`);
  if (found && readdirSync(dir).length > 0) {
    throw new UsageError(`${dir} holds something already; name a folder that is empty or does not exist`);
  }
  const { version } = require('cdk8s-redis-work-queue/package.json') as { version: string };
  const files = projectFiles(name, version);
  mkdirSync(dir, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, file), text);
  return Object.keys(files);
}
