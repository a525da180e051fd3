import { queueKeys } from '../contract';

/** A key of a queue; `worker`, `held` and `running` are those of one incarnation. */
export type KeyName = keyof ReturnType<typeof queueKeys>;

/**
 * The keys of every script of a worker, in their order. The scripts name them in one line (state.ts).
 *
 *   KEYS  1 list, 2 meta, 3 leases, 4 idle, 5 retries, 6 suspects, 7 waiting, 8 attempts, 9 dead, 10 results, 11 runs,
 *         12 wake, 13 absent, 14 worker, 15 held, 16 running
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
  'absent',
  'worker',
  'held',
  'running',
];

/** Those of them that are not an incarnation's own. */
export const FIXED_KEYS: readonly KeyName[] = WORKER_KEYS.slice(0, 13);

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
