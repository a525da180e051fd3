import type { Socket } from 'node:net';

/** Node's own handle of a socket. A TLS socket encrypts what is written at once, and the handle below it sends the result. */
interface Handled {
  readonly _handle?: (Queue & { readonly _parent?: Queue }) | null;
}

interface Queue {
  /** Bytes that the system has not taken yet. */
  readonly writeQueueSize?: number;
}

/** Whether a connection still carries something, either way. */
export class Transfer {
  private read: number;
  private unsent: number;

  constructor(private readonly socket: Socket | undefined) {
    this.read = socket?.bytesRead ?? 0;
    this.unsent = unsentBy(socket);
  }

  /** Whether bytes arrived, or left this process, since this was asked before. */
  moved(): boolean {
    const { read, unsent } = this;
    this.read = this.socket?.bytesRead ?? 0;
    this.unsent = unsentBy(this.socket);
    return this.read > read || this.unsent < unsent;
  }
}

/** `bytesWritten` and `writableLength` count a large write as a whole: the first at its start, the other until its end. */
function unsentBy(socket: Socket | undefined): number {
  const handle = (socket as Handled | undefined)?._handle;
  return (handle?._parent ?? handle)?.writeQueueSize ?? 0;
}
