import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/** A call of kubectl: its arguments, and its standard input where they ask for it. */
export interface KubectlCall {
  readonly args: readonly string[];
  readonly input?: string;
}

/** What kubectl prints, and the code with which it ends. */
export interface KubectlAnswer {
  readonly out?: string;
  readonly err?: string;
  /** @default 0 */
  readonly code?: number;
  /** Whether it goes on after that, until it is killed. */
  readonly stays?: boolean;
}

/** What stands behind kubectl; without an answer, the call hangs until it is killed. */
export type Cluster = (call: KubectlCall) => KubectlAnswer | 'hangs';

/**
 * A kubectl on the PATH of a program under test, which asks the test. It is a shell script: Node.js takes twenty times as
 * long to start, and some programs call kubectl forty times.
 */
export class KubectlFront {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** What answers from now on. */
    public cluster: Cluster,
  ) {}

  static async open(cluster: Cluster): Promise<KubectlFront> {
    const server = createServer({ allowHalfOpen: true });
    const front = new KubectlFront(server, cluster);
    server.on('connection', (socket) => front.serve(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return front;
  }

  /** Writes a `kubectl` into a folder, which belongs on the PATH. */
  install(folder: string): void {
    const { port } = this.server.address() as AddressInfo;
    const file = join(folder, 'kubectl');
    writeFileSync(file, scriptFor(port));
    chmodSync(file, 0o755);
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      const [count = '', ...parts] = text.split('\0');
      // The number of arguments, each of them, and the input, all with a NUL behind.
      if (parts.length !== Number(count) + 2) return;
      const args = parts.slice(0, -2);
      const answer = this.cluster({ args, ...(readsInput(args) && { input: parts.at(-2) as string }) });
      if (answer === 'hangs') return;
      const { out = '', err = '', code = 0, stays = false } = answer;
      socket.write(`${code}\0${err}\0${out}`);
      if (!stays) socket.end();
    });
  }
}

const INPUT = '--filename=-';
const readsInput = (args: readonly string[]) => args.includes(INPUT);

const scriptFor = (port: number) => `#!/usr/bin/env bash
input=
for arg in "$@"; do [ "$arg" != '${INPUT}' ] || input=$(cat); done
exec 3<>/dev/tcp/127.0.0.1/${port} || exit 1
printf '%s\\0' "$#" "$@" "$input" >&3
IFS= read -r -d '' code <&3
IFS= read -r -d '' err <&3
printf '%s' "$err" >&2
[ "$code" != 0 ] || exec cat <&3
cat <&3
exit "$code"
`;
