import { type FillItems, FillRefusedError, type OnFull, type WorkQueue } from 'cdk8s-redis-work-queue/worker';
import type { Context } from '../context';
import { CommandError } from '../failures';
import { type QueueOptions, RateMeter, requireQueue, withQueue } from '../queue';
import { colours } from '../screen';
import { are, duration, items, openLiveLine, perSecond, progressBar } from '../text';
import { itemKey } from './item-key';
import { type ItemSource, openItems } from './item-source';

export interface FillOptions extends QueueOptions {
  readonly ndjson?: boolean;
  readonly key?: string;
  readonly seal?: boolean;
  readonly batchId?: string;
  readonly allowEmpty?: boolean;
  readonly onFull?: OnFull;
  readonly json?: boolean;
}

const REDRAW_MS = 100;

export async function fill(file: string, options: FillOptions, context: Context): Promise<void> {
  const { batchId } = options;
  const key = options.key === undefined ? undefined : itemKey(options.key);
  const ndjson = options.ndjson || key?.ofJson || false;
  const source = await openItems(file, { ndjson, key, stop: context.stop });
  // A wrong line in the middle of a file should be found before anything is pushed.
  if ((ndjson || key) && source.size !== undefined) for await (const _ of source.items());
  const given = await readable(source);
  if (given === undefined && !options.allowEmpty) throw new CommandError(emptiness(source));

  let filled = 0;
  try {
    await withQueue(options, context, async (queue) => {
      const { name } = queue.queue;
      await queue.checkStore();
      const former = batchId ? await queue.formerItems(batchId) : undefined;
      if (former !== undefined) {
        const outcome = { queue: name, filled: former, batchId, sealed: true, total: former };
        context.out(
          options.json ? JSON.stringify(outcome) : `${doneBefore(batchId, name, former)}: nothing was pushed.`,
        );
        return;
      }
      const started = performance.now();
      const progress = await openProgress(source, name);
      try {
        filled = await queue.fill(given ?? [], {
          ...(batchId && { batchId }),
          ...(key && { key: (item: Uint8Array) => key.of(item) }),
          ...(options.onFull && { onFull: options.onFull }),
          seal: options.seal ?? false,
          onProgress: (total) => {
            filled = total;
            progress?.update(total);
          },
        });
      } finally {
        progress?.end();
      }
      const seconds = (performance.now() - started) / 1_000;
      const total = options.seal ? (await queue.status()).total : undefined;
      report(queue, { filled, seconds, total }, options, context);
    });
  } catch (error) {
    // What is refused stays refused, however often it is run.
    if (filled > 0 && !(error instanceof FillRefusedError)) {
      context.note(
        `${items(filled)} went into the queue before it ended. ${
          batchId
            ? 'Run the same command again: it pushes what is missing.'
            : 'Running it again adds them once more; with --batch-id ID it would push only what is missing.'
        }`,
      );
    }
    throw error;
  }
}

export async function seal(
  options: QueueOptions & { readonly batchId?: string; readonly total?: number; readonly json?: boolean },
  context: Context,
): Promise<void> {
  await withQueue(options, context, async (queue) => {
    await queue.checkStore();
    await requireQueue(queue);
    const { batchId, total: expected } = options;
    const total = await queue.seal({ ...(batchId && { batchId }), ...(expected !== undefined && { total: expected }) });
    const former = batchId ? await queue.formerItems(batchId) : undefined;
    if (options.json) context.out(JSON.stringify({ queue: queue.queue.name, sealed: true, total }));
    else if (former !== undefined) context.out(`${doneBefore(batchId, queue.queue.name, former)}.`);
    else context.out(`${queue.queue.name} is sealed: ${items(total)} in all.`);
  });
}

function doneBefore(batchId: string | undefined, queue: string, count: number): string {
  return `Batch ${batchId} was done before in ${queue}, with ${items(count)}`;
}

function report(
  queue: WorkQueue<Uint8Array>,
  { filled, seconds, total }: { filled: number; seconds: number; total: number | undefined },
  { batchId, json }: FillOptions,
  { out }: Context,
): void {
  const { name } = queue.queue;
  if (json) {
    out(
      JSON.stringify({
        queue: name,
        filled,
        ...(batchId && { batchId }),
        sealed: total !== undefined,
        ...(total !== undefined && { total }),
      }),
    );
    return;
  }
  const of = batchId ? ` of batch ${batchId}` : '';
  out(`${items(filled)}${of} ${are(filled)} in ${name} (${duration(seconds)}).`);
  if (total !== undefined) out(`${name} is sealed: ${items(total)} in all.`);
}

/** The items of a source, which can be read again unless it is a pipe; undefined if there are none. */
async function readable(source: ItemSource): Promise<FillItems<Uint8Array> | undefined> {
  const reading = source.items();
  const first = await reading.next();
  if (first.done) return undefined;
  if (source.size !== undefined) {
    await reading.return(undefined);
    return () => source.items();
  }
  return (async function* () {
    yield first.value;
    yield* reading;
  })();
}

function emptiness({ name, size }: ItemSource): string {
  const why = size === undefined ? ', perhaps because a command before the pipe failed' : '';
  return `${name} has no items${why}. Nothing was pushed, and nothing sealed. If that is intended, give --allow-empty.`;
}

async function openProgress(source: ItemSource, queue: string) {
  if (!process.stderr.isTTY) return undefined;
  const live = await openLiveLine(process.stderr);
  const { dim, green } = colours(process.stderr);
  const meter = new RateMeter();
  const started = performance.now();
  let total = 0;
  const draw = () => {
    // Going on with a batch, what was in before is no rate.
    if (total > 0) meter.add(total, performance.now() / 1_000);
    const seconds = (performance.now() - started) / 1_000;
    const fraction = source.size ? source.read() / source.size : undefined;
    const words = [items(total), perSecond(meter.rate)];
    if (fraction && seconds > 0.5) words.push(`${duration((seconds / fraction) * (1 - fraction))} left`);
    const text = words.join(', ');
    const head = `Filling ${queue}`;
    const room = live.columns - live.widthOf(head) - live.widthOf(text) - 10;
    const bar =
      fraction !== undefined && room >= 8
        ? ` ${green(progressBar(fraction, Math.min(room, 40)))} ${String(Math.floor(fraction * 100)).padStart(3)} %`
        : '';
    live.draw(bar ? `${head}${bar}  ${dim(text)}` : live.cut(`${head}  ${text}`, live.columns - 1));
  };
  draw();
  const timer = setInterval(draw, REDRAW_MS);
  return {
    update: (filled: number) => {
      total = filled;
    },
    end: () => {
      clearInterval(timer);
      live.end();
    },
  };
}
