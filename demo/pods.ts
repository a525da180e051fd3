import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ENV } from '../worker/contract';
import { type EnvVar, resolveEnv } from './pod-environment';
import { colours } from './screen';

export interface PodsOptions {
  /** What the image would run. */
  readonly program: string;
  readonly redisUrl: string;
  /** Folder for what a pod would write to /dev/termination-log. */
  readonly scratch: string;
  readonly stop: AbortSignal;
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
    // A group of its own: Ctrl-C reaches the demo, which passes it on the way a kubelet would.
    const child = spawn(process.execPath, [options.program], {
      env: { PATH: process.env.PATH, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { name, child, items: showLines(name, child, index) };
  });

  const terminate = () => {
    for (const { child } of pods) child.kill('SIGTERM');
  };
  options.stop.addEventListener('abort', terminate);
  if (options.stop.aborted) terminate();
  try {
    return await Promise.all(
      pods.map(async ({ name, child, items }) => {
        const [code, signal] = await once(child, 'close');
        return { name, items, code: code ?? 128 + constants.signals[signal as NodeJS.Signals] };
      }),
    );
  } finally {
    options.stop.removeEventListener('abort', terminate);
  }
}

/** Prints a worker's lines with its name in front; the array fills with what it works on. */
function showLines(name: string, child: ChildProcess, index: number): string[] {
  const items: string[] = [];
  const label = colours(process.stdout).ofWorker(index)(name);
  for (const input of [child.stdout!, child.stderr!]) {
    createInterface({ input }).on('line', (line) => {
      console.log(`${label}  ${line}`);
      const item = /Working on (.*)$/.exec(line)?.[1];
      if (item !== undefined) items.push(item);
    });
  }
  return items;
}

/** Five characters, as Kubernetes puts behind a Job's name: no vowels, nothing that looks alike. */
function randomSuffix(): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return Array.from({ length: 5 }, () => alphabet[Math.floor(Math.random() * alphabet.length)]).join('');
}
