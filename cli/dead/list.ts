import type { WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { oneLine } from '../../worker/log';
import type { Context } from '../context';
import { type QueueOptions, requireQueue, withQueue } from '../queue';
import { table } from '../screen';
import { count, measure } from '../text';
import { allOf, type Condition, type Letter } from './conditions';
import { groupsOf } from './groups';
import { cellsOf, forJson, letters } from './letter-text';

export interface ListOptions extends QueueOptions {
  readonly json?: boolean;
  readonly limit?: number;
  readonly reason?: Letter['reason'];
  readonly where?: readonly string[];
  readonly group?: boolean;
}

export async function list(options: ListOptions, context: Context): Promise<void> {
  const { reason, where = [] } = options;
  const conditions = [...(reason ? [`reason=${reason}`] : []), ...where];
  const holds = allOf(conditions);
  await withQueue(options, context, async (queue) => {
    await requireQueue(queue);
    const some = await (options.group ? listGroups : listLetters)(queue, holds, options, context);
    if (some || options.json) return;
    const { name } = queue.queue;
    if (where.length > 0) context.out(`${name} has no dead letters that match.`);
    else context.out(`${name} has no dead letters${reason ? ` for the reason ${reason}` : ''}.`);
  });
}

/** Those of the dead letters for which a condition holds. */
export async function* matching(queue: WorkQueue<Uint8Array>, holds: Condition): AsyncGenerator<Letter> {
  for await (const letter of queue.deadLetters()) if (holds(letter)) yield letter;
}

async function listLetters(
  queue: WorkQueue<Uint8Array>,
  holds: Condition,
  { json, limit = Number.POSITIVE_INFINITY }: ListOptions,
  { out, colours }: Context,
): Promise<boolean> {
  const columns = process.stdout.columns || Number.POSITIVE_INFINITY;
  // The error is what people come for; what it needs of a narrow terminal goes from the others.
  const narrow = columns < 110;
  const rows: { id: number; cells: string[] }[] = [];
  let found = 0;
  for await (const letter of matching(queue, holds)) {
    if (++found > limit) break;
    if (json) out(JSON.stringify(forJson(letter)));
    else rows.push({ id: letter.id, cells: cellsOf(letter, narrow) });
  }
  if (json || rows.length === 0) return false;
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
  return true;
}

/** Ids that stand behind a group. */
const SHOWN_IDS = 3;

async function listGroups(
  queue: WorkQueue<Uint8Array>,
  holds: Condition,
  { json, limit = Number.POSITIVE_INFINITY }: ListOptions,
  { out, colours }: Context,
): Promise<boolean> {
  const { groups, others } = await groupsOf(matching(queue, holds));
  const shown = groups.slice(0, limit);
  if (json) {
    for (const group of shown) out(JSON.stringify(group));
    return false;
  }
  const { cut, widthOf } = await measure();
  const columns = process.stdout.columns || Number.POSITIVE_INFINITY;
  const width = Math.max(0, ...shown.map((group) => count(group.count).length));
  for (const { kind, reason, count: n, ids } of shown) {
    const more = n > SHOWN_IDS ? ' …' : '';
    const which = `  (${reason}; ${n === 1 ? 'id' : 'ids'} ${ids.slice(0, SHOWN_IDS).join(', ')}${more})`;
    const head = `${count(n).padStart(width)} × `;
    const room = Math.max(20, columns - widthOf(head + which));
    out(cut(`${head}${cut(oneLine(kind), room)}${colours.dim(which)}`, Number.POSITIVE_INFINITY));
  }
  const rest = groups.slice(shown.length).reduce((sum, group) => sum + group.count, others);
  if (rest > 0) out(colours.dim(`and ${letters(rest)} of other kinds`));
  return shown.length > 0;
}
