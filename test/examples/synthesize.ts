import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readManifests } from '../../local/cluster';

const ROOT = join(__dirname, '../..');

/** Runs `cdk8s synth` in an example's folder, as its README says; the manifests. */
export async function synthesize(example: string, env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'dist-'));
  try {
    await promisify(execFile)(
      join(ROOT, 'node_modules/.bin/cdk8s'),
      ['synth', '--check-upgrade=false', '--output', folder],
      { cwd: join(ROOT, 'examples', example), env: { ...process.env, ...env } },
    );
    return readManifests(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
