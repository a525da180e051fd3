import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Runs `cdk8s synth`, as a user does; its own words are shown only if it fails. */
export async function synthesize(root: string, stop: AbortSignal): Promise<void> {
  const child = spawn(join(root, 'node_modules/.bin/cdk8s'), ['synth', '--check-upgrade=false'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: stop,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`cdk8s synth failed (${code}):\n${output}`);
}
