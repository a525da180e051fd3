import { kindOf } from '../../worker/errors';
import type { Letter } from './conditions';

/** Dead letters whose errors differ in nothing that matters. */
export interface Group {
  readonly kind: string;
  readonly reason: Letter['reason'];
  readonly count: number;
  /** The first of them. */
  readonly ids: readonly number[];
}

/** Kinds that are told apart: errors that have nothing in common must not fill the memory. */
const MOST = 10_000;
/** Ids that are named of each. */
const IDS = 10;

/** Dead letters by the kind of their error and their reason, most first; and how many are of further kinds. */
export async function groupsOf(letters: AsyncIterable<Letter>): Promise<{ groups: Group[]; others: number }> {
  const groups = new Map<string, { kind: string; reason: Letter['reason']; count: number; ids: number[] }>();
  let others = 0;
  for await (const { id, reason, error } of letters) {
    const kind = kindOf(error);
    const name = `${reason} ${kind}`;
    let group = groups.get(name);
    if (!group && groups.size === MOST) {
      others++;
      continue;
    }
    if (!group) {
      group = { kind, reason, count: 0, ids: [] };
      groups.set(name, group);
    }
    group.count++;
    keepLowest(group.ids, id);
  }
  return { groups: [...groups.values()].sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1)), others };
}

function keepLowest(ids: number[], id: number): void {
  if (ids.length === IDS && id > (ids.at(-1) as number)) return;
  ids.push(id);
  ids.sort((a, b) => a - b);
  ids.length = Math.min(ids.length, IDS);
}
