import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import {
  type AddOptions,
  type ItemContext,
  type QueueOf,
  RetryLater,
  UnrecoverableError,
} from 'cdk8s-redis-work-queue/worker';
import { textOf } from '../../../worker/errors';
import type { End, FromProgram, Note, Start, ToProgram } from './wire';

/** A handler that runs in this process, for the items of a program that connects to its socket. */
export class RemoteHandler {
  private readonly sockets = new Set<Socket>();
  private tellLast: ((what: { do: 'crash' }) => void) | undefined;
  private over = false;

  private constructor(
    private readonly server: Server,
    private readonly queue: QueueOf<unknown>,
    private readonly handler: (item: unknown, context: ItemContext) => unknown,
  ) {
    server.on('connection', (socket) => this.serve(socket));
  }

  /** Listens on a Unix socket at this path. */
  static async listen(
    path: string,
    queue: QueueOf<unknown>,
    handler: (item: unknown, context: ItemContext) => unknown,
  ): Promise<RemoteHandler> {
    const remote = new RemoteHandler(createServer(), queue, handler);
    await new Promise<void>((resolve) => remote.server.listen(path, resolve));
    return remote;
  }

  /** Tells the program to crash, in the call that it began last. */
  crash(): void {
    this.tellLast?.({ do: 'crash' });
  }

  /** The program is gone: what still runs tells nobody of anything. */
  close(): void {
    this.over = true;
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    const calls = new Map<number, AbortController>();
    const lines = createInterface({ input: socket });
    // A program that was killed does not end its connection.
    for (const each of [socket, lines]) each.on('error', () => {});
    lines.on('line', (line) => {
      const told = JSON.parse(line) as FromProgram;
      if ('abort' in told) {
        const { call, reason, message = '' } = told.abort;
        calls.get(call)?.abort(Object.assign(new Error(message), { name: reason }));
        return;
      }
      const { call } = told.start;
      const controller = new AbortController();
      calls.set(call, controller);
      const tell = (what: Note | End | { do: 'crash' }) => {
        if (!this.over) socket.write(`${JSON.stringify({ call, ...what, strict: true } as ToProgram)}\n`);
      };
      this.tellLast = tell;
      void this.run(told.start, controller.signal, tell).then((end) => {
        tell(end);
        calls.delete(call);
      });
    });
  }

  private async run(start: Start, signal: AbortSignal, tell: (what: Note) => void): Promise<End> {
    if (this.over) return { do: 'return' };
    const bytes = Buffer.from(start.payload, 'base64');
    const item = this.queue.payload === 'bytes' ? new Uint8Array(bytes) : bytes.toString('utf8');
    try {
      const value = await this.handler(item, this.contextOf(start, signal, tell) as unknown as ItemContext);
      return { do: 'return', value };
    } catch (error) {
      if (error instanceof RetryLater) return { do: 'throw', kind: 'later', message: error.message, ms: error.ms };
      const kind = error instanceof UnrecoverableError ? 'unrecoverable' : 'error';
      return { do: 'throw', kind, message: textOf(error) };
    }
  }

  private contextOf(
    { id, attempt, postponed, token, resumed }: Start,
    signal: AbortSignal,
    tell: (what: Note) => void,
  ) {
    return {
      id,
      attempt,
      postponed,
      token,
      resumed,
      signal,
      checkpoint: (value: unknown) => tell({ do: 'checkpoint', value }),
      progress: (fraction: number, text?: string) => tell({ do: 'progress', fraction, ...(text && { text }) }),
      slowDown: (ms: number) => tell({ do: 'slowDown', ms }),
      log: (text: string) => tell({ do: 'log', level: 'info', text }),
      add: (items: Iterable<unknown>, { key, front }: AddOptions = {}) => {
        const all = [...items];
        const encoded = all.map((each) => Buffer.from(this.queue.encode?.(each) as Uint8Array).toString('base64'));
        const keys = key === undefined ? undefined : all.map((each) => (typeof key === 'string' ? key : key(each)));
        tell({ do: 'add', items: encoded, ...(keys && { keys }), ...(front && { front }) });
      },
    };
  }
}
