import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { samplesOf } from './samples';

const ROOT = join(__dirname, '../..');

/** What a reader of the pages has installed. */
const INSTALLED = [
  'cdk8s',
  'cdk8s-plus-27',
  'constructs',
  'esbuild',
  'tsx',
  'zod',
  'piscina',
  'pino',
  '@bull-board',
  '@opentelemetry',
  '@types',
  '@swc',
];
const COMMANDS = ['cdk8s', 'esbuild', 'tsx'];

export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** A project that has installed the package and its peers, and holds the samples of a page as they are pasted. */
export class Project {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'project-')));
  private readonly running = new Set<ChildProcess>();

  constructor(page?: string) {
    const modules = join(this.folder, 'node_modules');
    mkdirSync(join(modules, '.bin'), { recursive: true });
    symlinkSync(ROOT, join(modules, 'cdk8s-redis-work-queue'));
    for (const name of INSTALLED) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
    for (const name of COMMANDS) symlinkSync(join(ROOT, 'node_modules/.bin', name), join(modules, '.bin', name));
    for (const name of ['rwq', 'cdk8s-redis-work-queue']) {
      const shim = `#!/bin/sh\nexec '${process.execPath}' '${ROOT}/build/cli/rwq.js' "$@"\n`;
      writeFileSync(join(modules, '.bin', name), shim, { mode: 0o755 });
    }
    // A test leaves the clusters of this machine alone.
    for (const name of ['kubectl', 'docker', 'kind', 'minikube']) {
      const shim = `#!/bin/sh\necho '${name} is not for tests'\nexit 127\n`;
      writeFileSync(join(modules, '.bin', name), shim, { mode: 0o755 });
    }
    if (page !== undefined) this.paste(page);
  }

  /** Writes the samples of a page that are in TypeScript, and how cdk8s runs a chart. */
  paste(page: string, folder = '.'): void {
    for (const { language, code, file } of samplesOf(page)) {
      if (language === 'ts') this.write(join(folder, file), code);
      if (language === 'yaml' && code.includes('\napp: ')) this.write(join(folder, 'cdk8s.yaml'), code);
    }
  }

  write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Runs a program of the project to its end. */
  node(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return this.spawn(process.execPath, args, env);
  }

  /** Runs a command in a shell, in this folder unless told otherwise. */
  shell(command: string, env: Readonly<Record<string, string>> = {}, folder = this.folder): Promise<Outcome> {
    return this.spawn('bash', ['-c', command], env, folder);
  }

  /** Ends what still runs and removes all files. */
  remove(): void {
    for (const child of this.running) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async spawn(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    folder = this.folder,
  ): Promise<Outcome> {
    const { PATH, TMPDIR } = process.env;
    const path = `${join(this.folder, 'node_modules/.bin')}:${dirname(process.execPath)}:${PATH}`;
    const child = spawn(program, args, {
      cwd: folder,
      env: {
        ...(TMPDIR && { TMPDIR }),
        HOME: this.folder,
        CI: 'true',
        NO_COLOR: '1',
        WORK_QUEUE_LOG: 'text',
        ...env,
        PATH: path,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    const [code] = await once(child, 'close');
    this.running.delete(child);
    return { code, output };
  }
}
