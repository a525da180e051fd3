import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = join(__dirname, '..', '..', 'build', 'cli', 'rwq.js');

export interface RwqOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What stands on standard input, which is closed after it. @default '' */
  readonly input?: string | Buffer;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

const running = new Set<ChildProcess>();

// A test that fails leaves nothing behind: the second signal ends it at once, with what it has started.
afterEach(() => {
  for (const child of running) for (const signal of ['SIGTERM', 'SIGINT'] as const) child.kill(signal);
});

/** The built command line as a process, in an environment of its own. */
export class Rwq {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[], { env = {}, cwd, input = '' }: RwqOptions = {}) {
    this.child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { PATH: process.env.PATH, REDIS_SERVER_BIN: process.env.REDIS_SERVER_BIN, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd && { cwd }),
    });
    running.add(this.child);
    this.child.once('close', () => running.delete(this.child));
    const chunks: Buffer[] = [];
    this.child.stdout!.on('data', (chunk) => {
      chunks.push(chunk);
      this.stdout += chunk;
    });
    this.child.stderr!.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.child.stdin!.on('error', () => {});
    this.child.stdin!.end(input);
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      if (code === null) throw new Error(`rwq was killed by ${signal}`);
      return { code, stdout: this.stdout, stderr: this.stderr, bytes: Buffer.concat(chunks) };
    });
  }
}

export function rwq(args: readonly string[], options?: RwqOptions): Promise<Ended> {
  return new Rwq(args, options).ended;
}
