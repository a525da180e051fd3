import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { BENCH, ROOT } from './paths';
import type { Store } from './store';

/** Machine, versions and date, and how busy the machine was. */
export async function aboutThisMachine(store: Store): Promise<string[]> {
  const processors = cpus();
  const version = (file: string) => (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  const peer = (name: string) => version(join(BENCH, 'node_modules', name, 'package.json'));
  const own = (name: string) => version(join(ROOT, 'node_modules', name, 'package.json'));
  return [
    `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit()}`,
    `${processors.length} × ${processors[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, load at the end ${loadavg()[0]?.toFixed(1)}`,
    `Node ${process.versions.node}, Redis ${await store.version()} with appendfsync everysec, ioredis ${own('ioredis')}, cdk8s ${own('cdk8s')}, cdk8s-plus-27 ${own('cdk8s-plus-27')}`,
    ...(peersInstalled()
      ? [
          `BullMQ ${peer('bullmq')}, bee-queue ${peer('bee-queue')}, ts-node ${peer('ts-node')} with TypeScript ${peer('typescript')}`,
        ]
      : []),
  ];
}

/** Whether what we compare with is there. */
export function peersInstalled(): boolean {
  return existsSync(join(BENCH, 'node_modules/bullmq'));
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const hash = git('rev-parse', '--short', 'HEAD');
    return git('status', '--porcelain', 'worker', 'lib') === '' ? hash : `${hash}, changed`;
  } catch {
    return 'unknown';
  }
}
