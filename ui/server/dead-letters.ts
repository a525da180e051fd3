import type { DeadLetter, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { kindOf } from '../../worker/errors';
import type { DeadGroup, DeadGroups, DeadLetterRow, DeadLetterView, DeadList } from '../api';
import { middle, payloadText } from './payload-text';
import type { Selected } from './selection';

type Queue = WorkQueue<Uint8Array>;
type Letter = DeadLetter<Uint8Array>;

/** Dead letters that one look reads, kinds that it tells apart, ids that it names of each. */
const READ = 20_000;
const KINDS = 500;
const IDS = 5;
/** Characters of the error of one that is shown in full. */
const ERROR = 100_000;

/** The dead letters by what they have in common, most first. */
export async function groupDead(queue: Queue): Promise<DeadGroups> {
  const groups = new Map<string, { kind: string; reason: string; count: number; ids: number[] }>();
  let read = 0;
  for await (const { id, reason, error } of queue.deadLetters()) {
    if (++read > READ) break;
    const kind = kindOf(error);
    const group = groups.get(kind);
    if (group) {
      group.count++;
      if (group.ids.length < IDS) group.ids.push(id);
    } else if (groups.size < KINDS) groups.set(kind, { kind, reason, count: 1, ids: [id] });
  }
  const { dead } = await queue.status();
  const sorted: DeadGroup[] = [...groups.values()].sort((a, b) => b.count - a.count);
  return { total: Math.max(dead, Math.min(read, READ)), groups: sorted };
}

/** Some of the dead letters of a kind, or of all. */
export async function listDead(queue: Queue, kind: string | undefined, limit: number): Promise<DeadList> {
  const letters: DeadLetterRow[] = [];
  for await (const letter of queue.deadLetters()) {
    if (kind !== undefined && kindOf(letter.error) !== kind) continue;
    if (letters.length === limit) return { letters, more: true };
    letters.push(rowOf(letter));
  }
  return { letters: letters.sort((a, b) => a.id - b.id), more: false };
}

/** One dead letter in full; undefined where none has this id. */
export async function showDead(queue: Queue, id: number): Promise<DeadLetterView | undefined> {
  const letter = await queue.deadLetter(id);
  if (!letter) return undefined;
  const { error, stack, duration, history } = letter;
  return {
    ...rowOf(letter),
    error: middle(error, ERROR),
    stack: stack ?? null,
    duration: duration ?? null,
    history: history.map(({ attempt, at, error, worker, duration }) => {
      const known = { worker: worker ?? null, duration: duration ?? null };
      return { attempt, at: at.getTime(), error, ...known };
    }),
  };
}

/** @returns how many there were of those that are meant */
export async function changeDead(queue: Queue, what: 'retry' | 'drop', selected: Selected): Promise<number> {
  const ids = 'ids' in selected ? selected.ids : 'kind' in selected ? await idsOf(queue, selected.kind) : undefined;
  if (ids?.length === 0) return 0;
  return what === 'retry' ? queue.retryDead(ids) : queue.dropDead(ids);
}

async function idsOf(queue: Queue, kind: string): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id, error } of queue.deadLetters()) if (kindOf(error) === kind) ids.push(id);
  return ids;
}

function rowOf({ id, reason, attempts, at, error, worker, payload }: Letter): DeadLetterRow {
  const known = { id, reason, attempts, at: at.getTime(), error: middle(error), worker: worker ?? null };
  return { ...known, ...payloadText(payload) };
}
