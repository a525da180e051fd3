import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/** What a handler tells of itself, to be given to the next attempt. */
export interface Checkpoint {
  readonly index: number;
  /** Of the delivery that told it. */
  readonly token: number;
  readonly number: number;
}

/**
 * The log that a worker process keeps of its handlers, outside Redis. A line is written before a handler begins and
 * before it returns, by a system call of its own: what was written before a kill -9 is in the kernel's hands.
 *
 *   P epoch                                       the tokens from here on belong to this epoch
 *   S time token id attempt index digest          a handler starts
 *   E time token index                            … is about to return
 *   F time token index                            … is about to fail, as its item says
 *   L time token index                            … is about to put its item off
 *   C time token index number                     … tells a checkpoint: the number of those that it told before
 *   R token index token number                    … was given the checkpoint of this item, told under this token
 *   X time token attempt                          the finalizer starts; its ends are those of an item -1
 *   A time token index                            … is about to throw, because its signal was aborted
 *   Z from to                                     the whole process stood still, unasked
 *   T time                                        the process heard a SIGTERM
 *   D time                                        a simulated incarnation dies; what follows is the next one in its place
 *   W from to                                     a simulated incarnation renewed, and had no answer
 *   N from to                                     a simulated incarnation says nothing
 */
export type LogRecord =
  | { readonly kind: 'S'; at: number; token: number; id: number; attempt: number; index: number; digest: number }
  | { readonly kind: 'E' | 'F' | 'L' | 'A'; at: number; token: number; index: number }
  | { readonly kind: 'C'; at: number; token: number; index: number; number: number }
  | { readonly kind: 'R'; token: number; from: Checkpoint }
  | { readonly kind: 'X'; at: number; token: number; attempt: number }
  | { readonly kind: 'Z' | 'N' | 'W'; from: number; to: number }
  | { readonly kind: 'T' | 'D'; at: number }
  | { readonly kind: 'P'; epoch: string };

/** ms since 1970, on a clock that does not jump while a process lives. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Appends lines to a file; threads may share the file. */
export class HandlerLog {
  private readonly file: number;

  constructor(path: string) {
    this.file = openSync(path, 'a');
  }

  write(kind: string, ...fields: (string | number)[]): void {
    writeSync(this.file, `${kind} ${fields.join(' ')}\n`);
  }
}

/** Calls back for every record of a log. A last line that a kill -9 cut off did not happen. */
export function readLog(path: string, each: (record: LogRecord) => void): void {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(1_048_576);
    let rest = '';
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const lines = (rest + chunk.toString('latin1', 0, read)).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) each(parse(line, path));
    }
  } finally {
    closeSync(file);
  }
}

/** Whether the last thing that a log tells is the start of a handler: its process is at an item. */
export function endsInStart(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    const tail = Buffer.alloc(256);
    const read = readSync(file, tail, 0, tail.length, Math.max(0, fstatSync(file).size - tail.length));
    return /^[SX] /.test(tail.toString('latin1', 0, read).split('\n').at(-2) ?? '');
  } finally {
    closeSync(file);
  }
}

function parse(line: string, path: string): LogRecord {
  const [kind, ...fields] = line.split(' ');
  const [a, b, c, d, e, f] = fields.map(Number) as [number, number, number, number, number, number];
  if (kind === 'S') return { kind, at: a, token: b, id: c, attempt: d, index: e, digest: f };
  if (kind === 'E' || kind === 'F' || kind === 'L' || kind === 'A') return { kind, at: a, token: b, index: c };
  if (kind === 'C') return { kind, at: a, token: b, index: c, number: d };
  if (kind === 'R') return { kind, token: a, from: { index: b, token: c, number: d } };
  if (kind === 'X') return { kind, at: a, token: b, attempt: c };
  if (kind === 'Z' || kind === 'N' || kind === 'W') return { kind, from: a, to: b };
  if (kind === 'T' || kind === 'D') return { kind, at: a };
  if (kind === 'P') return { kind, epoch: fields[0] as string };
  throw new Error(`${path}: not a line of a handler log: ${JSON.stringify(line)}`);
}
