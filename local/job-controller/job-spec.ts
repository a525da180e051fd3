import type { PodFailurePolicy } from './pod-failure-policy';
import { highestIndex, type SuccessPolicy } from './success-policy';

/** What the Job controller reads of a Job whose pods have `restartPolicy: Never`, as the manifest has it. */
export interface JobSpec {
  /** @default 1 */
  readonly parallelism?: number;
  /**
   * How many pods have to succeed. Unset, the first that does ends the Job, once the others have ended as well.
   * With indexes it says how many there are; each needs one success.
   *
   * @default - unset, or 1 where `parallelism` is unset too
   */
  readonly completions?: number;
  /** @default 'NonIndexed' */
  readonly completionMode?: 'NonIndexed' | 'Indexed';
  /** @default false */
  readonly suspend?: boolean;
  /** @default 6, or without limit where there is one per index */
  readonly backoffLimit?: number;
  /** Failures of an index that count, before it has failed. @default - no limit, and one backoff for all indexes */
  readonly backoffLimitPerIndex?: number;
  /** @default - no limit */
  readonly maxFailedIndexes?: number;
  /** @default - Complete when every index has succeeded */
  readonly successPolicy?: SuccessPolicy;
  /** @default - each failure counts */
  readonly podFailurePolicy?: PodFailurePolicy;
}

/** What may be changed of a Job that exists. */
export type JobChange = Partial<Pick<JobSpec, 'parallelism' | 'completions' | 'suspend' | 'backoffLimit'>>;

type Defaulted = 'parallelism' | 'completionMode' | 'suspend' | 'backoffLimit' | 'maxFailedIndexes';

/** A spec as the API server keeps it. */
export type KeptSpec = JobSpec & Required<Pick<JobSpec, Defaulted>>;

const NO_LIMIT = 2 ** 31 - 1;

/** Fills in what a manifest leaves out. */
export function withDefaults(spec: JobSpec): KeptSpec {
  const { parallelism, completions, backoffLimitPerIndex } = spec;
  const one = parallelism === undefined && completions === undefined;
  const kept = {
    completionMode: 'NonIndexed' as const,
    suspend: false,
    backoffLimit: backoffLimitPerIndex === undefined ? 6 : NO_LIMIT,
    maxFailedIndexes: NO_LIMIT,
    ...spec,
    parallelism: parallelism ?? 1,
    ...(one && { completions: 1 }),
  };
  checkIndexes(kept);
  return kept;
}

/** The spec after a change, which is refused where the API server refuses it. */
export function changed(spec: KeptSpec, change: JobChange): KeptSpec {
  const next = { ...spec, ...change };
  const { completionMode, completions, parallelism } = next;
  if (completions !== spec.completions && (completionMode !== 'Indexed' || completions !== parallelism)) {
    throw new Error(
      `completions cannot become ${completions} beside parallelism ${parallelism}: it changes only where completionMode is Indexed, together with parallelism and to the same number.`,
    );
  }
  checkIndexes(next);
  return next;
}

function checkIndexes({ completionMode, completions, successPolicy }: JobSpec): void {
  if (completionMode !== 'Indexed') return;
  if (completions === undefined) throw new Error('completions is missing; a Job with indexes needs it.');
  const highest = successPolicy ? highestIndex(successPolicy) : -1;
  if (highest >= completions) {
    throw new Error(`The successPolicy names index ${highest}, which is too large for ${completions} completions.`);
  }
}
