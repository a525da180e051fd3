import { once } from 'node:events';
import type { ItemState, QueueItem } from 'cdk8s-redis-work-queue/worker';
import { oneLine } from '../../worker/log';
import type { Context } from '../context';
import { type QueueOptions, requireQueue, withQueue } from '../queue';
import { table } from '../screen';
import { count, duration, measure, payloadEndsLine, payloadFields, wholePayloadLine } from '../text';

export interface ItemsOptions extends QueueOptions {
  readonly state?: ItemState;
  readonly search?: string;
  readonly limit?: number;
  readonly json?: boolean;
  readonly raw?: boolean;
}

/** Items that a terminal is shown where nobody says how many. */
const SHOWN = 50;
/** Lines that have one width of columns; of more, the next ones may need others. */
const ROWS = 1_000;

/** The items that are left in a queue. */
export function items(options: ItemsOptions, context: Context): Promise<void> {
  return withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    const { state, search } = options;
    const isForPeople = process.stdout.columns !== undefined && !options.json && !options.raw;
    const limit = options.limit ?? (isForPeople ? SHOWN : undefined);
    const rows = options.json || options.raw ? undefined : new Rows(context);
    let found = 0;
    // One more tells whether there are more.
    for await (const item of queue.items({
      ...(state && { state }),
      ...(search && { search }),
      ...(limit && { limit: limit + 1 }),
    })) {
      if (limit !== undefined && found === limit) {
        await rows?.print();
        if (rows) context.out(context.colours.dim('  and more'));
        return;
      }
      found++;
      if (options.json) context.out(JSON.stringify(forJson(item)));
      else if (options.raw) process.stdout.write(Buffer.concat([item.payload, Buffer.from('\n')]));
      else await rows?.add(item);
      // What is read faster than it is written would pile up.
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    }
    await rows?.print();
    if (rows && found === 0) {
      const which = state ? ` in the state ${state}` : ' left';
      context.out(`${queue.queue.name} has no items${which}${search ? ` with ${JSON.stringify(search)}` : ''}.`);
    }
  });
}

const HEAD = ['ID', 'STATE', 'WORKER', 'ATTEMPTS', 'DUE IN', 'ITEM'];

/** Rows under each other, some at a time. On a terminal an item has what is left of the line, and is cut in its middle. */
class Rows {
  private cells: string[][] = [];
  private isFirst = true;
  private readonly columns: number | undefined = process.stdout.columns;

  constructor(private readonly context: Context) {}

  async add(item: QueueItem): Promise<void> {
    const { id, state, worker, attempts, dueIn, payload } = item;
    this.cells.push([
      id === undefined ? '' : String(id),
      state,
      worker === undefined ? '' : oneLine(worker),
      state === 'waiting' ? '' : count(attempts),
      dueIn === undefined ? '' : duration(dueIn / 1_000),
      this.columns === undefined ? wholePayloadLine(payload) : payloadEndsLine(payload, this.columns),
    ]);
    if (this.cells.length === ROWS) await this.print();
  }

  async print(): Promise<void> {
    if (this.cells.length === 0) return;
    const { columns } = this;
    const { cut, cutMiddle, widthOf } = await measure();
    const rows = [HEAD, ...this.cells];
    const used = HEAD.slice(0, -1).reduce(
      (sum, _, i) => sum + 3 + Math.max(...rows.map((row) => widthOf(row[i] ?? ''))),
      2,
    );
    const room = columns === undefined ? undefined : Math.max(10, columns - used);
    const fitting =
      room === undefined ? rows : rows.map((row) => [...row.slice(0, -1), cutMiddle(row.at(-1) ?? '', room)]);
    const lines = table(fitting, widthOf).split('\n');
    for (const [i, line] of lines.entries()) {
      if (i === 0 && !this.isFirst) continue;
      const whole = columns === undefined ? line : cut(line, columns);
      this.context.out(i === 0 ? this.context.colours.dim(whole) : whole);
    }
    this.cells = [];
    this.isFirst = false;
  }
}

function forJson({ id, state, worker, attempts, dueIn, payload }: QueueItem) {
  return {
    ...(id !== undefined && { id }),
    state,
    ...(worker !== undefined && { worker }),
    attempts,
    ...(dueIn !== undefined && { dueIn }),
    ...payloadFields(payload),
  };
}
