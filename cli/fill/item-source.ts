import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CommandError, UsageError } from '../failures';
import { utf8, visible } from '../text';
import type { ItemKey } from './item-key';
import { jsonProblem } from './json-problem';
import { withoutMark } from './text-encoding';

/** Items in a file or on standard input, one on each line. */
export interface ItemSource {
  /** Its name in messages. */
  readonly name: string;
  /** Bytes in all, where that is known. */
  readonly size: number | undefined;
  /** Bytes read so far. */
  readonly read: () => number;
  /**
   * The items, byte for byte without their line ends; empty lines are skipped, and so is a byte order mark.
   */
  items(): AsyncGenerator<Uint8Array>;
}

export interface ItemSourceOptions {
  /** Each line must be JSON. */
  readonly ndjson: boolean;
  /** Each line must have this key. */
  readonly key?: ItemKey | undefined;
  readonly stop: AbortSignal;
}

/** Characters on either side of a mistake that are shown. */
const AROUND = 20;

/**
 * @param file a path, or `-` for standard input
 * @throws UsageError there is no such file
 */
export async function openItems(file: string, { ndjson, key, stop }: ItemSourceOptions): Promise<ItemSource> {
  const isStdin = file === '-';
  const found = isStdin ? undefined : await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    throw new UsageError(
      found.code === 'ENOENT'
        ? `There is no file ${file}. Give a file with one item on each line.`
        : `${file} cannot be read: ${found.message}`,
    );
  }
  if (found?.isDirectory()) throw new UsageError(`${file} is a folder. Give a file with one item on each line.`);
  const name = isStdin ? 'standard input' : file;
  let read = 0;
  return {
    name,
    size: found?.isFile() ? found.size : undefined,
    read: () => read,
    async *items() {
      const input: Readable = isStdin ? process.stdin : createReadStream(file);
      const destroy = () => void input.destroy();
      stop.addEventListener('abort', destroy);
      read = 0;
      let line = 0;
      try {
        for await (const payload of lines(withoutMark(input, name), (bytes) => {
          read += bytes;
        })) {
          line++;
          if (payload.length === 0) continue;
          if (ndjson) checkJson(payload, `${name}:${line}`);
          key?.of(payload, `${name}:${line}`);
          yield payload;
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).syscall)
          throw new CommandError(`${name} cannot be read: ${(error as Error).message}`);
        throw error;
      } finally {
        stop.removeEventListener('abort', destroy);
      }
      stop.throwIfAborted();
    },
  };
}

async function* lines(input: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  for await (const chunk of input) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const last = chunk.subarray(from, end);
      onBytes(end + 1 - from);
      from = end + 1;
      yield withoutReturn(pieces.length > 0 ? Buffer.concat([...pieces, last]) : last);
      pieces = [];
    }
    if (from < chunk.length) {
      pieces.push(chunk.subarray(from));
      onBytes(chunk.length - from);
    }
  }
  if (pieces.length > 0) yield withoutReturn(Buffer.concat(pieces));
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}

function checkJson(payload: Buffer, at: string): void {
  const text = utf8(payload);
  if (text === undefined) throw new CommandError(`${at} is not UTF-8, as JSON must be.`);
  const problem = jsonProblem(text);
  if (!problem) return;
  // Columns are counted in characters, as editors do.
  const column = [...text.slice(0, problem.at)].length + 1;
  const hint = text[problem.at] === '\ufeff' ? ' (a byte order mark, as in joined files)' : '';
  const around = visible(text.slice(Math.max(0, problem.at - AROUND), problem.at + AROUND));
  throw new CommandError(`${at}:${column} is not JSON: ${problem.what}${hint} in ${around}`);
}
