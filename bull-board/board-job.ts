import { createHash } from 'node:crypto';
import type { JobState, QueueJob, QueueJobJson } from '@bull-board/api/typings/app';
import type { WorkQueue } from '../worker/work-queue';
import type { Listed } from './lists';

/** Bytes of a payload that a board shows. */
const SHOWN = 65_536;

/** An item as the board sees it. */
export class BoardJob implements QueueJob {
  readonly opts: { readonly delay?: number };
  readonly id: string;

  constructor(
    private readonly queue: WorkQueue<never, unknown>,
    private readonly of: Listed,
  ) {
    this.id = idOf(of);
    this.opts = 'item' in of && of.item.dueIn !== undefined ? { delay: of.item.dueIn } : {};
  }

  async getState(): Promise<JobState> {
    return this.of.status;
  }

  async retry(): Promise<void> {
    if (this.of.status !== 'failed') throw refusal(this.queue, 'retry what is no dead letter');
    await this.queue.retryDead([this.of.letter.id]);
  }

  async remove(): Promise<void> {
    if (this.of.status !== 'failed') throw refusal(this.queue, 'remove what is no dead letter');
    await this.queue.dropDead([this.of.letter.id]);
  }

  async promote(): Promise<void> {
    throw refusal(this.queue, 'promote items');
  }

  toJSON(): QueueJobJson {
    const { of } = this;
    const common = {
      id: this.id,
      name: this.queue.queue.name,
      opts: this.opts,
      progress: 0,
      attemptsMade: 1,
      failedReason: '',
      stacktrace: [],
      returnvalue: null,
    };
    if (of.status === 'failed') {
      const { attempts, at, error, stack, worker, duration, payload } = of.letter;
      const finishedOn = at.getTime();
      return {
        ...common,
        data: dataOf(payload),
        timestamp: finishedOn - (duration ?? 0),
        ...(duration !== undefined && { processedOn: finishedOn - duration }),
        finishedOn,
        ...(worker !== undefined && { processedBy: worker }),
        attemptsMade: attempts,
        failedReason: error,
        stacktrace: [stack ? `${error}\n${stack}` : error],
      };
    }
    // When it was filled in, or was done, nothing says; a delay counts from now.
    const timestamp = Date.now();
    if (of.status === 'completed') {
      const { result, payload } = of.result;
      return { ...common, data: dataOf(payload), timestamp, returnvalue: result };
    }
    const { payload, attempts, worker, dueIn } = of.item;
    return {
      ...common,
      data: dataOf(payload),
      timestamp,
      progress: of.progress,
      attemptsMade: attempts,
      ...(worker !== undefined && { processedBy: worker }),
      ...(dueIn !== undefined && { delay: dueIn }),
    };
  }
}

/** What a board offers, and a queue does not do. */
export function refusal({ queue }: WorkQueue<never, unknown>, what: string): Error {
  return new Error(
    `The board cannot ${what} in the queue ${queue.name}; it retries and drops dead letters, pauses, resumes and purges. The rest is done by rwq`,
  );
}

/** The number of the item; what was never claimed has none, and is named by its payload. */
function idOf(of: Listed): string {
  if (of.status === 'failed') return `${of.letter.id}`;
  if (of.status === 'completed') return `${of.result.id}`;
  const { id, payload } = of.item;
  return id === undefined ? `waiting-${createHash('sha256').update(payload).digest('hex').slice(0, 16)}` : `${id}`;
}

/** As the board shows it: JSON, where the payload is some. */
function dataOf(payload: Uint8Array): unknown {
  const bytes = Buffer.from(payload);
  if (bytes.length > SHOWN) return `${bytes.toString('utf8', 0, SHOWN)}… (${bytes.length} bytes)`;
  const text = bytes.toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
