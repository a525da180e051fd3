import { createHash } from 'node:crypto';
import type { Manifest } from './manifest';

/** What Kubernetes lets change in the spec of a Job that is there. It refuses a change of all else. */
export const MUTABLE: readonly string[] = [
  'parallelism',
  'suspend',
  'backoffLimit',
  'activeDeadlineSeconds',
  'ttlSecondsAfterFinished',
  'maxFailedIndexes',
  'podReplacementPolicy',
];

/**
 * Hash of what Kubernetes does not let change in a rendered Job: with another one, the Job needs another name. It does not
 * depend on the order of keys.
 *
 * @param kueue what Kueue does not let change in its metadata
 */
export function jobHash(spec: Manifest, kueue: Manifest = {}): string {
  // The number of indexes may change together with that of pods.
  const elastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism ? ['completions'] : [];
  const mutable = [...MUTABLE, ...elastic];
  const fixed = Object.fromEntries([
    ...Object.entries(spec).filter(([field]) => !mutable.includes(field)),
    ...Object.entries(kueue),
  ]);
  return createHash('sha256').update(JSON.stringify(fixed, sortKeys)).digest('hex').slice(0, 8);
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
