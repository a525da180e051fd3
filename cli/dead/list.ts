import type { DeadLetter, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { oneLine } from '../../worker/log';
import type { Context } from '../context';
import { CommandError, UsageError } from '../failures';
import { type QueueOptions, requireQueue, withQueue } from '../queue';
import { table } from '../screen';
import { are, count, countOf, measure, payloadFields, payloadLine, severalLines, utf8 } from '../text';
import { confirm } from '../confirm';

export interface DeadOptions extends QueueOptions {
  readonly json?: boolean;
  readonly limit?: number;
  readonly reason?: Letter['reason'];
  readonly raw?: boolean;
  readonly all?: boolean;
  readonly yes?: boolean;
}

type Letter = DeadLetter<Uint8Array>;

export async function list(options: DeadOptions, context: Context): Promise<void> {
  await withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    const { out, colours } = context;
    const columns = process.stdout.columns || Number.POSITIVE_INFINITY;
    // The error is what people come for; what it needs of a narrow terminal goes from the others.
    const narrow = columns < 110;
    const rows: { id: number; cells: string[] }[] = [];
    const { limit = Number.POSITIVE_INFINITY, reason } = options;
    let found = 0;
    for await (const letter of queue.deadLetters()) {
      if (reason && letter.reason !== reason) continue;
      if (++found > limit) break;
      if (options.json) out(JSON.stringify(forJson(letter)));
      else rows.push({ id: letter.id, cells: cellsOf(letter, narrow) });
    }
    if (options.json) return;
    if (rows.length === 0) {
      out(`${queue.queue.name} has no dead letters${reason ? ` for the reason ${reason}` : ''}.`);
      return;
    }
    const { cut, widthOf } = await measure();
    rows.sort((a, b) => a.id - b.id);
    const head = ['ID', 'WHY', 'ATTEMPTS', 'WHEN', 'ITEM', 'ERROR'];
    const itemColumns = Math.max(10, Math.min(30, columns - 70));
    const lines = table(
      [head, ...rows.map(({ cells }) => cells.map((cell, i) => (i === 4 ? cut(cell, itemColumns) : cell)))],
      widthOf,
    );
    for (const [i, line] of lines.split('\n').entries()) {
      const fitting = cut(line, columns);
      out(i === 0 ? colours.dim(fitting) : fitting);
    }
    if (found > limit) out(colours.dim('  and more'));
  });
}

export async function show(id: number, options: DeadOptions, context: Context): Promise<void> {
  await withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    const { out, colours } = context;
    const letter = await queue.deadLetter(id);
    if (!letter) {
      throw new CommandError(`${queue.queue.name} has no dead letter ${id}; \`rwq dead list\` lists those that exist.`);
    }
    if (options.raw) {
      process.stdout.write(letter.payload);
      return;
    }
    if (options.json) {
      out(JSON.stringify(forJson(letter)));
      return;
    }
    const { reason, attempts, at, error, stack, payload } = letter;
    const frames = (stack ?? '').split('\n').map((frame, i) => [colours.dim(i === 0 ? 'where' : ''), oneLine(frame)]);
    out(
      table(
        [
          [colours.dim('id'), String(id)],
          [colours.dim('why'), `${reason}: ${WHY[reason]}`],
          [colours.dim('attempts'), String(attempts)],
          [colours.dim('when'), at.toISOString()],
          [colours.dim('error'), oneLine(error)],
          ...(stack ? frames : []),
          [colours.dim('bytes'), count(payload.length)],
        ],
        (await measure()).widthOf,
      ),
    );
    const text = utf8(payload);
    out(`\n${text === undefined ? `${payloadLine(payload)}\nNot UTF-8; --raw writes the bytes.` : severalLines(text)}`);
  });
}

export function retry(ids: readonly number[], options: DeadOptions, context: Context): Promise<void> {
  return change('retry', ids, options, context);
}

export function drop(ids: readonly number[], options: DeadOptions, context: Context): Promise<void> {
  return change('drop', ids, options, context);
}

const WHY = {
  handler: 'the handler failed in every attempt, or called the item unrecoverable',
  crash: 'its worker crashed each time',
  invalid: 'the payload does not fit the definition of the queue',
} as const;

async function change(
  what: 'retry' | 'drop',
  ids: readonly number[],
  options: DeadOptions,
  context: Context,
): Promise<void> {
  const all = options.all ?? false;
  if (all === ids.length > 0) {
    throw new UsageError(`Which dead letters? Give their ids, such as \`rwq dead ${what} 3 17\`, or --all.`);
  }
  await withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    const { name } = queue.queue;
    if (what === 'drop' && all) {
      const { dead } = await queue.status();
      await confirm(`Drop ${letters(dead)} of ${name} for good?`, options.yes ?? false, context);
    }
    const wanted = all ? undefined : [...new Set(ids)];
    const changed = await (what === 'retry' ? queue.retryDead(wanted) : queue.dropDead(wanted));
    if (options.json) context.out(JSON.stringify({ queue: name, [what === 'retry' ? 'retried' : 'dropped']: changed }));
    else if (changed > 0) await tell(what, changed, queue, context);
    else if (all) context.out(`${name} has no dead letters.`);
    if (wanted && changed < wanted.length) {
      throw new CommandError(
        `${countOf(wanted.length - changed, 'id')} of the ${wanted.length} given ${are(wanted.length - changed)} not among the dead letters of ${name}.`,
      );
    }
  });
}

async function tell(
  what: 'retry' | 'drop',
  changed: number,
  queue: WorkQueue<Uint8Array>,
  { out, note }: Context,
): Promise<void> {
  const { name } = queue.queue;
  if (what === 'drop') {
    out(`Dropped ${letters(changed)} of ${name}.`);
    return;
  }
  out(
    `${letters(changed)} of ${name} ${changed === 1 ? 'goes' : 'go'} back to the front of the queue, with all attempts.`,
  );
  const { workers } = await queue.status();
  if (workers.length === 0) note('No worker is running: start the Job again.');
}

function letters(n: number): string {
  return countOf(n, 'dead letter');
}

function cellsOf({ id, reason, attempts, at, error, payload }: Letter, narrow: boolean): string[] {
  const when = at
    .toISOString()
    .slice(narrow ? 5 : 0, narrow ? 16 : 19)
    .replace('T', ' ');
  const item = payloadLine(payload.subarray(0, 256), payload.length);
  return [String(id), reason, String(attempts), when, item, oneLine(error)];
}

function forJson({ id, reason, attempts, at, error, stack, payload }: Letter) {
  return { id, reason, attempts, at: at.toISOString(), error, ...(stack && { stack }), ...payloadFields(payload) };
}
