import type { SuccessRule, WorkloadSpec } from './manifest';

/** The indexes of a Job's pods. */
export interface Indexes {
  /** How many there are; undefined where the manifest does not say it, as it must. */
  readonly completions: number | undefined;
  /** How many workers an index may lose; undefined: one clock for the replacements of all. */
  readonly backoffLimit: number | undefined;
  /** The lowest that may leave before the queue is drained; undefined: all stay. */
  readonly leaveFrom: number | undefined;
  /** The first rule of the success policy that those which may leave meet by themselves. */
  readonly metEarly: string | undefined;
}

/** The indexes of a Job, if its pods have some. */
export function indexesOf(spec: WorkloadSpec, leaveFrom: number | undefined): Indexes | undefined {
  if (spec.completionMode !== 'Indexed') return undefined;
  const { completions, backoffLimitPerIndex, successPolicy } = spec;
  const last = (completions ?? spec.parallelism ?? 1) - 1;
  const early = (successPolicy?.rules ?? []).find(
    (rule) => leaveFrom !== undefined && isMetFrom(rule, leaveFrom, last),
  );
  return { completions, backoffLimit: backoffLimitPerIndex, leaveFrom, metEarly: early && textOf(early) };
}

/** Whether Complete says that the queue was drained. */
export function completesDrained({ leaveFrom, metEarly }: Indexes): boolean {
  return leaveFrom !== 0 && metEarly === undefined;
}

/** Whether the indexes from `from` on are enough for a rule. */
function isMetFrom({ succeededIndexes, succeededCount }: SuccessRule, from: number, last: number): boolean {
  const named = (succeededIndexes ?? `0-${last}`).split(',').map((part) => {
    const [low = 0, high = low] = part.split('-').map(Number);
    return { low, high: Math.min(high, last) };
  });
  const count = (above: number) =>
    named.reduce((sum, { low, high }) => sum + Math.max(0, high - Math.max(low, above) + 1), 0);
  return count(from) >= (succeededCount ?? count(0));
}

function textOf({ succeededIndexes, succeededCount }: SuccessRule): string {
  return [
    ...(succeededIndexes === undefined ? [] : [`succeededIndexes ${succeededIndexes}`]),
    ...(succeededCount === undefined ? [] : [`succeededCount ${succeededCount}`]),
  ].join(', ');
}
