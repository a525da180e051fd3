import { queueKeys } from '../contract';

/** A key of a queue; `worker`, `held` and `running` are those of one incarnation. */
export type KeyName = keyof ReturnType<typeof queueKeys>;

/**
 * The keys of every script of a worker, in their order. The scripts name those that are fixed in one line.
 *
 *   KEYS  1 list, 2 meta, 3 leases, 4 idle, 5 retries, 6 suspects, 7 waiting, 8 attempts, 9 dead, 10 results, 11 runs,
 *         12 wake, 13 former, 14 seen, 15 checkpoints, 16 progress, 17 durations, 18 absent, 19 worker, 20 held, 21 running
 */
export const WORKER_KEYS: readonly KeyName[] = [
  'list',
  'meta',
  'leases',
  'idle',
  'retries',
  'suspects',
  'waiting',
  'attempts',
  'dead',
  'results',
  'runs',
  'wake',
  'former',
  'seen',
  'checkpoints',
  'progress',
  'durations',
  'absent',
  'worker',
  'held',
  'running',
];

/** Those of them that are not an incarnation's own. */
export const FIXED_KEYS: readonly KeyName[] = WORKER_KEYS.slice(0, 18);

/** Those that a fill, a seal and a gate take, and whoever removes all of it. */
export const QUEUE_KEYS: readonly KeyName[] = [...FIXED_KEYS, 'fills'];

/** The first line of the scripts that take them: the names of those that are fixed. */
export const NAMED_KEYS = `
local LIST, META, LEASES, IDLE, RETRIES, SUSPECTS, WAITING, ATTEMPTS, DEAD, RESULTS, RUNS, WAKE, FORMER, SEEN, CHECKPOINTS, PROGRESS, DURATIONS, ABSENT = unpack(KEYS)
`;

/**
 * The keys that a script takes, in its order: every key that it touches and that is known beforehand, so that a cluster
 * sees them all, and one that is never there, so that a cluster refuses it while the slot moves. Only what other incarnations
 * hold is found by the script itself.
 */
export function keysOf(names: readonly KeyName[], queue: string, incarnation = ''): string[] {
  const keys = queueKeys(queue);
  return names.map((name) => (OWN.has(name) ? keys[name] + incarnation : keys[name]));
}

const OWN: ReadonlySet<KeyName> = new Set(['worker', 'held', 'running']);
