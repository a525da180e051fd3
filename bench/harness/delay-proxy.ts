import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A proxy in a process of its own that holds answers back. */
export interface DelayProxy {
  readonly url: string;
  stop(): void;
}

/** Starts a proxy before a server on this machine that delays every answer by so many ms. */
export async function startDelayProxy(port: number, delay: number): Promise<DelayProxy> {
  const child: ChildProcess = spawn(process.execPath, [__filename, String(port), String(delay)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { url: `redis://127.0.0.1:${Number(String(line))}`, stop: () => child.kill() };
}

/** What came in is passed on after the delay, in order. */
function delayed(from: Socket, to: Socket, delay: number): void {
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delay));
}

function serve(port: number, delay: number): void {
  const server = createServer((client) => {
    const redis = connect({ port, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    client.pipe(redis);
    delayed(redis, client, delay);
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      socket.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));
  // It goes with whoever started it.
  process.stdin.on('end', () => process.exit(0)).resume();
}

if (require.main === module) serve(Number(process.argv[2]), Number(process.argv[3]));
