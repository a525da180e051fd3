/**
 * What the container of an `entry` runs: it unpacks the bundle, from the folder where it lies itself to the working
 * directory, and runs it as Node runs its main program. `npm run build` makes one file of it and all that it imports.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { BUNDLE_SCRIPT } from '../contract';
import { ownExit } from '../exit';

ownExit();

const folder = dirname(process.argv[1] as string);
const parts = readdirSync(folder).filter((name) => name.startsWith('part-'));
const files = inflateSync(Buffer.concat(parts.sort().map((name) => readFileSync(join(folder, name)))));
for (const [name, text] of Object.entries<string>(JSON.parse(files.toString()))) writeFileSync(name, text);

process.argv[1] = join(process.cwd(), BUNDLE_SCRIPT);
(Module as unknown as { runMain(): void }).runMain();
