import { defineQueue, listQueues, type QueueState, stateOf, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { oneLine } from '../../worker/log';
import type { Context } from '../context';
import { CLI_EXIT } from '../exit-codes';
import { exitCodeOf, messageOf } from '../failures';
import { type StoreOptions, withStore } from '../queue';
import { type Colours, table } from '../screen';
import { count, measure } from '../text';

export interface QueuesOptions extends StoreOptions {
  readonly json?: boolean;
}

/** A queue of a store, by the names that `queues --json` prints. */
interface QueueRow {
  readonly queue: string;
  readonly state: QueueState;
  readonly waiting: number;
  readonly running: number;
  readonly retrying: number;
  readonly done: number;
  readonly dead: number;
  readonly dropped: number;
  /** Items in all, once sealed. */
  readonly total: number | null;
  readonly sealed: boolean;
  readonly workers: number;
}

/** Queues that are asked at once. */
const AT_ONCE = 8;

/** The queues of a store, each with its state. */
export function queues(options: QueuesOptions, context: Context): Promise<number> {
  return withStore(options, context, async (store, over) => {
    const names: string[] = [];
    for await (const name of listQueues({ ...store, signal: over })) names.push(name);
    names.sort();
    const rows = new Map<string, QueueRow>();
    const problems: string[] = [];
    const left = names.values();
    const ask = async () => {
      for (const name of left) {
        const queue = new WorkQueue(defineQueue({ name, payload: 'bytes' }), store);
        const close = () => void queue.close();
        over.addEventListener('abort', close);
        try {
          rows.set(name, await rowOf(queue));
        } catch (error) {
          // A key that is used for something else is the problem of one queue, and not of the others.
          if (exitCodeOf(error) !== CLI_EXIT.refused) throw error;
          problems.push(`${oneLine(name)}: ${messageOf(error)}`);
        } finally {
          over.removeEventListener('abort', close);
          close();
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    const known = names.flatMap((name) => rows.get(name) ?? []);
    if (options.json) for (const row of known) context.out(JSON.stringify(row));
    else await print(known, context);
    for (const problem of problems.sort()) context.note(problem);
    return problems.length > 0 ? CLI_EXIT.failed : CLI_EXIT.ok;
  });
}

async function rowOf(queue: WorkQueue<Uint8Array>): Promise<QueueRow> {
  const status = await queue.status();
  const { waiting, leased: running, retrying, done, dead, dropped, total = null, sealed, workerCount } = status;
  const counts = { waiting, running, retrying, done, dead, dropped };
  return { queue: queue.queue.name, state: stateOf(status), ...counts, total, sealed, workers: workerCount };
}

const HEAD = ['QUEUE', 'STATE', 'WAITING', 'RUNNING', 'RETRYING', 'DONE', 'DEAD', 'WORKERS'];
/** Columns that a name takes on a terminal at most. */
const NAME = 60;

async function print(rows: readonly QueueRow[], { out, colours }: Context): Promise<void> {
  if (rows.length === 0) {
    out('There is no queue in this Redis. Check --url and the database; a bare list is one once a worker has come.');
    return;
  }
  const columns = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  const { cut, widthOf } = await measure();
  const cells = rows.map(({ queue, state, waiting, running, retrying, done, dead, workers }) => [
    columns === Number.POSITIVE_INFINITY ? oneLine(queue) : cut(oneLine(queue), NAME),
    state,
    ...[waiting, running, retrying, done, dead, workers].map(count),
  ]);
  const [head = '', ...lines] = table([HEAD, ...cells], widthOf).split('\n');
  out(colours.dim(cut(head, columns)));
  for (const [i, line] of lines.entries()) out(painted(cut(line, columns), rows[i] as QueueRow, colours));
}

/** A line in the colour of its state, where somebody should look at it. */
function painted(line: string, { state }: QueueRow, { red, yellow }: Colours): string {
  if (state === 'failed' || state === 'cancelled') return red(line);
  return state === 'idle' || state === 'paused' ? yellow(line) : line;
}
