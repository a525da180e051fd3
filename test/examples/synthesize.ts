import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');

/** Runs `cdk8s synth` in an example's folder, as its README says; the folder with the manifests. */
export async function synthesize(example: string): Promise<{ folder: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'dist-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await promisify(execFile)(
      join(ROOT, 'node_modules/.bin/cdk8s'),
      ['synth', '--check-upgrade=false', '--output', folder],
      { cwd: join(ROOT, 'examples', example) },
    );
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, remove };
}
