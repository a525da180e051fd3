import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerProcess } from '../../local/kubelet';
import { now } from '../harness/clock';
import { ContenderProcess } from '../harness/contender-process';
import { ROOT } from '../harness/paths';

/**
 * This package, as a program in any language has it: items come from the agent, over HTTP on kept connections. As in a pod,
 * the program is there first, and the agent starts beside it.
 */
const contender = new ContenderProcess();
const { queue, concurrency } = contender.orders;
const { hostname, port } = new URL(String(process.env.WORK_QUEUE_AGENT));

async function main(): Promise<void> {
  const { WORK_QUEUE_AGENT: _, ...env } = process.env;
  const output: string[] = [];
  const startedAt = now();
  const agent = new ContainerProcess({
    command: ['node', join(ROOT, 'build/agent.js')],
    env: {
      ...env,
      WORK_QUEUE_NAME: queue,
      WORK_QUEUE_AGENT_LISTEN: `${hostname}:${port}`,
      WORK_QUEUE_AGENT_SOCKET: join(String(env.BENCH_FOLDER), 'agent.sock'),
      WORK_QUEUE_AGENT_PROCESSES: 'shared',
    },
    output: (line) => output.push(line),
  });
  const cpu = () => cpuMicrosOf(agent.pid);
  let before: number | undefined;
  const begin = () => {
    before ??= cpu();
  };
  await Promise.all(Array.from({ length: concurrency }, () => lane(begin)));
  contender.allSettled();
  contender.agent = { startedAt, cpuMicros: cpu() - (before ?? 0) };
  const code = await agent.end;
  if (code !== 0) throw new Error(`the agent ended with ${code}:\n${output.join('\n')}`);
  process.exit(0);
}

/** One take after the other, until there is nothing more to take. */
async function lane(begin: () => void): Promise<void> {
  const connection = await Connection.open();
  let reply = await connection.post('/take');
  while (reply.status === 200) {
    begin();
    const { take, payload } = JSON.parse(reply.body) as { take: string; payload: string };
    const work = contender.handle(payload);
    if (work !== undefined) await work;
    reply = await connection.post(`/items/${take}/done?take`);
  }
  connection.close();
  if (reply.status !== 410) throw new Error(`the agent answered ${reply.status}: ${reply.body}`);
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** One request at a time, with as little of HTTP as it takes: what is measured is the agent, and not its client. */
class Connection {
  private received = '';
  private answered: ((reply: Reply) => void) | undefined;

  private constructor(private readonly socket: Socket) {
    // One character a byte, so that lengths are those of the header.
    socket.setNoDelay().setEncoding('latin1');
    socket.on('data', (text) => this.read(String(text)));
  }

  /** Where the agent does not listen yet, it tries again. */
  static async open(): Promise<Connection> {
    for (;;) {
      const socket = connect(Number(port), hostname);
      const opened = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      });
      if (opened) return new Connection(socket);
      await sleep(2);
    }
  }

  post(path: string): Promise<Reply> {
    this.socket.write(`POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: 0\r\n\r\n`);
    return new Promise((resolve, reject) => {
      this.answered = resolve;
      this.socket.once('close', reject);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private read(text: string): void {
    this.received += text;
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(this.received.slice(0, end))?.[1];
    if (length === undefined) throw new Error(`the agent answers without a length:\n${this.received}`);
    const body = this.received.slice(end + 4);
    if (body.length < Number(length)) return;
    const status = Number(this.received.slice(9, 12));
    this.received = '';
    this.socket.removeAllListeners('close');
    this.answered?.({ status, body });
  }
}

/** What a process has computed so far, in µs, all threads; Linux alone tells. */
function cpuMicrosOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const [user, system] = [Number(fields[11]), Number(fields[12])];
    return (user + system) * 10_000;
  } catch {
    return 0;
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
