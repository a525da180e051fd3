import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readManifests, synthesize as synthesizeApp } from '../../local/cluster';

const { keptSynth, VARIABLES } = require(join(__dirname, 'kept-synth.js')) as {
  keptSynth(keep: string, folder: string, env: NodeJS.ProcessEnv): string;
  VARIABLES: readonly string[];
};

const EXAMPLES = join(__dirname, '../../examples');

/** Runs `cdk8s synth` in an example's folder, as its README says, unless a test did before; the folder of the manifests. */
export async function synthesized(example: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const unknown = Object.keys(env).find((name) => !VARIABLES.includes(name));
  if (unknown) throw new Error(`kept-synth.js does not tell charts apart by ${unknown}`);
  const folder = join(EXAMPLES, example);
  // The folder of this run of the tests.
  const kept = keptSynth(tmpdir(), folder, { ...process.env, ...env });
  if (existsSync(kept)) return kept;
  const output = mkdtempSync(`${kept}-`);
  await synthesizeApp(folder, { output, env });
  try {
    renameSync(output, kept);
  } catch {
    // Another test was first.
    rmSync(output, { recursive: true });
  }
  return kept;
}

/** The manifests of an example. */
export async function synthesize(example: string, env?: Readonly<Record<string, string>>) {
  return readManifests(await synthesized(example, env));
}
