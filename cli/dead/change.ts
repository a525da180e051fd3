import type { WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { confirm } from '../confirm';
import type { Context } from '../context';
import { CommandError, UsageError } from '../failures';
import { type QueueOptions, requireQueue, withQueue } from '../queue';
import { are, countOf } from '../text';
import { allOf } from './conditions';
import { letters } from './letter-text';
import { matching } from './list';

export interface ChangeOptions extends QueueOptions {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly where?: readonly string[];
  readonly yes?: boolean;
}

type Change = 'retry' | 'drop';

export function retry(ids: readonly number[], options: ChangeOptions, context: Context): Promise<void> {
  return change('retry', ids, options, context);
}

export function drop(ids: readonly number[], options: ChangeOptions, context: Context): Promise<void> {
  return change('drop', ids, options, context);
}

async function change(what: Change, ids: readonly number[], options: ChangeOptions, context: Context): Promise<void> {
  const { all = false, where = [], yes = false } = options;
  if ([ids.length > 0, all, where.length > 0].filter(Boolean).length !== 1) {
    throw new UsageError(
      `Which dead letters? Give their ids, such as \`rwq dead ${what} 3 17\`, or --where CONDITION, or --all.`,
    );
  }
  const holds = allOf(where);
  await withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    const { name } = queue.queue;
    let wanted = all ? undefined : [...new Set(ids)];
    if (where.length > 0) {
      wanted = [];
      for await (const { id } of matching(queue, holds)) wanted.push(id);
      if (wanted.length > 0) await confirm(question(what, wanted.length, name), yes, context);
    } else if (what === 'drop' && all) {
      const { dead } = await queue.status();
      await confirm(question(what, dead, name), yes, context);
    }
    const changed =
      wanted?.length === 0 ? 0 : await (what === 'retry' ? queue.retryDead(wanted) : queue.dropDead(wanted));
    if (options.json) context.out(JSON.stringify({ queue: name, [what === 'retry' ? 'retried' : 'dropped']: changed }));
    else if (changed > 0) await tell(what, changed, queue, context);
    else if (all) context.out(`${name} has no dead letters.`);
    else if (where.length > 0) context.out(`${name} has no dead letters that match.`);
    if (ids.length > 0) refuseUnknown(wanted?.length ?? 0, changed, name);
  });
}

function question(what: Change, n: number, name: string): string {
  return what === 'drop'
    ? `Drop ${letters(n)} of ${name} for good?`
    : `Send ${letters(n)} of ${name} back to the front of the queue?`;
}

/** @throws CommandError some of the ids that were given are those of no dead letter */
function refuseUnknown(given: number, changed: number, name: string): void {
  if (changed >= given) return;
  throw new CommandError(
    `${countOf(given - changed, 'id')} of the ${given} given ${are(given - changed)} not among the dead letters of ${name}.`,
  );
}

async function tell(
  what: Change,
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
