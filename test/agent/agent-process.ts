import { join } from 'node:path';
import { ContainerLog, ContainerProcess } from '../../local/kubelet';
import type { Env, QueueUnderTest } from '../queue-under-test';
import type { WorkerProcess } from '../worker-process';

/** The agent as its container runs it. */
export const AGENT = join(__dirname, '../../build/agent.js');

const programs = new Set<ContainerProcess>();

/** A program of an agent, in a process of its own. */
export class Program {
  readonly log = new ContainerLog('The program');
  private readonly container: ContainerProcess;

  constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    this.container = new ContainerProcess({
      command,
      env: { PATH: process.env.PATH, ...env },
      output: (line) => this.log.add(line),
    });
    programs.add(this.container);
    void this.container.end.then(() => {
      programs.delete(this.container);
      this.log.close();
    });
  }

  get pid(): number {
    return this.container.pid;
  }

  /** Its exit code, or the signal that ended it. */
  get end(): Promise<number | NodeJS.Signals> {
    return this.container.end;
  }

  /** Signals its first process. */
  kill(signal: NodeJS.Signals): void {
    this.container.kill(signal);
  }

  /** Signals each of its processes, as when its container ends. */
  killAll(signal: NodeJS.Signals): void {
    this.container.killAll(signal);
  }
}

/** An answer of the agent, with its body as text and, where it is JSON, as that. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what JSON gave
  readonly json: any;
}

/** A running agent. */
export class AgentUnderTest {
  constructor(
    readonly worker: WorkerProcess,
    readonly url: string,
  ) {}

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async call(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, { method, ...init });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  }

  post(path: string, body?: string | Uint8Array<ArrayBuffer>, type?: string): Promise<Answer> {
    return this.call('POST', path, {
      ...(body !== undefined && { body }),
      ...(type && { headers: { 'content-type': type } }),
    });
  }

  /** Takes an item, which has to come. */
  async take(query = ''): Promise<Answer['json']> {
    const { status, json, text } = await this.post(`/take${query}`);
    expect([status, text]).toEqual([200, expect.anything()]);
    return json;
  }

  /** Runs a program of this agent. */
  run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    return new Program(command, { WORK_QUEUE_AGENT: this.url, ...env });
  }
}

/** Starts an agent on the queue of a test; resolves when it listens. */
export async function startAgent(
  queue: QueueUnderTest,
  env: Env = {},
  options: { readonly url?: string; readonly program?: string; readonly nodeArgs?: readonly string[] } = {},
): Promise<AgentUnderTest> {
  const worker = queue.start({ WORK_QUEUE_AGENT_LISTEN: '127.0.0.1:0', ...env }, { program: AGENT, ...options });
  const line = await worker.line('listening on');
  return new AgentUnderTest(worker, /http:\/\/[\w.:[\]]+/.exec(line)?.[0] as string);
}

/** Ends all programs that still run. */
export async function endPrograms(): Promise<void> {
  const all = [...programs];
  for (const program of all) program.killAll('SIGKILL');
  await Promise.all(all.map(({ end }) => end));
}

/** Sees the processes of its program. */
export const SHARED = { WORK_QUEUE_AGENT_PROCESSES: 'shared' } as const;
