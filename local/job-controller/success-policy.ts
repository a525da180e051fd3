/** When a Job with indexes is Complete before all of them have succeeded. */
export interface SuccessPolicy {
  readonly rules: readonly SuccessPolicyRule[];
}

interface SuccessPolicyRule {
  /** `0-2,5`: these indexes. @default - all */
  readonly succeededIndexes?: string;
  /** So many of them. @default - each of `succeededIndexes` */
  readonly succeededCount?: number;
}

/** Whether the indexes that have succeeded meet one of its rules. */
export function isMet({ rules }: SuccessPolicy, succeeded: ReadonlySet<number>): boolean {
  return rules.some(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && succeeded.size >= succeededCount;
    const named = indexesIn(succeededIndexes);
    return named.filter((index) => succeeded.has(index)).length >= (succeededCount ?? named.length);
  });
}

/** The highest index that it names. */
export function highestIndex({ rules }: SuccessPolicy): number {
  return Math.max(-1, ...rules.flatMap(({ succeededIndexes }) => indexesIn(succeededIndexes ?? '')));
}

function indexesIn(text: string): number[] {
  return text
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}
