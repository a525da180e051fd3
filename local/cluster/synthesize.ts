import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { type KubernetesObject, readManifests } from './manifests';

const ROOT = dirname(require.resolve('cdk8s-redis-work-queue/package.json'));

export interface SynthesizeOptions {
  /** Where the manifests go. @default - dist/ in the folder of the app */
  readonly output?: string;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** @default - nothing stops it */
  readonly stop?: AbortSignal;
}

/** Runs `cdk8s synth` in the folder of an app, as a user does; its own words are shown only if it fails. */
export async function synthesize(
  folder: string,
  { output = join(folder, 'dist'), env = {}, stop }: SynthesizeOptions = {},
): Promise<KubernetesObject[]> {
  const args = ['synth', '--check-upgrade=false', '--output', output];
  const child = spawn(join(ROOT, 'node_modules/.bin/cdk8s'), args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: stop,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`cdk8s synth failed (${code}):\n${said}`);
  return readManifests(output);
}
