import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The versions of cdk8s-plus that the tests know: all that package.json installs. */
export const VERSIONS: string[] = Object.keys(
  JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')).devDependencies,
).filter((name) => /^cdk8s-plus-\d+$/.test(name));
