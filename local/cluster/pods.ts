import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ENV } from '../../worker/contract';
import { ContainerProcess, type EnvVar, resolveEnv } from '../kubelet';

export interface PodsOptions {
  /** What a container would run. */
  readonly program: string;
  readonly redisUrl: string;
  /** Folder for what a pod would write to /dev/termination-log. */
  readonly scratch: string;
  readonly stop: AbortSignal;
  /** How the name of a pod stands before its lines. @default - as it is */
  readonly labelOf?: (index: number, name: string) => string;
}

export interface FinishedPod {
  readonly name: string;
  /** What it said it was working on, in order. */
  readonly items: readonly string[];
  readonly code: number;
}

/** Runs as many workers as the Job's parallelism, until all have ended. Where `stop` fires, they get a SIGTERM. */
export async function runPods(
  job: { name: string; parallelism: number; env: readonly EnvVar[] },
  options: PodsOptions,
): Promise<FinishedPod[]> {
  const uid = randomUUID();
  const pods = Array.from({ length: job.parallelism }, (_, index) => {
    const name = `${job.name}-${randomSuffix()}`;
    const labels = { 'batch.kubernetes.io/controller-uid': uid, 'controller-uid': uid };
    const env = {
      ...resolveEnv(job.env, { name, namespace: 'default', labels }),
      [ENV.redisUrl]: options.redisUrl,
      [ENV.terminationLog]: join(options.scratch, name),
    };
    const label = options.labelOf?.(index, name) ?? name;
    const items: string[] = [];
    const onLine = (line: string) => {
      console.log(`${label}  ${line}`);
      const item = /Working on (.*)$/.exec(line)?.[1];
      if (item !== undefined) items.push(item);
    };
    const worker = new ContainerProcess({
      command: ['node', options.program],
      env: { PATH: process.env.PATH, ...env },
      output: onLine,
      stop: options.stop,
    });
    return { name, items, worker };
  });
  return Promise.all(pods.map(async ({ name, items, worker }) => ({ name, items, code: await worker.exitCode })));
}

/** Five characters, as Kubernetes puts behind a Job's name: no vowels, nothing that looks alike. */
function randomSuffix(): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return Array.from({ length: 5 }, () => alphabet[Math.floor(Math.random() * alphabet.length)]).join('');
}
