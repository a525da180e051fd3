import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize as synthesizeApp } from '../../local/cluster';

const EXAMPLES = join(__dirname, '../../examples');

/** Runs `cdk8s synth` in an example's folder, as its README says; the manifests. */
export async function synthesize(example: string, env: Readonly<Record<string, string>> = {}) {
  const output = mkdtempSync(join(tmpdir(), 'dist-'));
  try {
    return await synthesizeApp(join(EXAMPLES, example), { output, env });
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}
