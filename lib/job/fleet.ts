import type { Place } from '../invalid-prop';
import type { Manifest } from '../kubernetes';
import type { At } from '../props';
import { CompletionMode, IdleWorkers } from './completion-mode';
import type { RunProps } from './run-props';

/** With it, only `backoffLimit` says how many pods may fail. Kubernetes itself puts it there, the other way round. */
const NO_LIMIT_PER_INDEX = 2 ** 31 - 1;

/** How many workers stay until the queue is drained: one of so many. */
const WORKERS_PER_CLOSER = 10;

/** The workers of a Job. */
export interface Fleet {
  /** How many run at once: no more than there are items, where those are known and do not become more. */
  readonly parallelism: number;
  readonly isIndexed: boolean;
  /** How many stay until the queue is drained, from index 0 on. */
  readonly closers: number;
  /** Whether the others leave when nothing is left to claim. */
  readonly idleLeave: boolean;
}

/** A run whose items may be known. */
export interface FilledRun extends RunProps {
  readonly items?: string[];
}

/** Whether the pods of the Job have indexes. */
export function isIndexed({ completionMode, entry, agent, run }: RunProps): boolean {
  const onRuntime = entry !== undefined || agent || run !== undefined;
  const unset = onRuntime ? CompletionMode.INDEXED : CompletionMode.NON_INDEXED;
  return (completionMode ?? unset) === CompletionMode.INDEXED;
}

/** The workers that the props ask for. */
export function fleetOf(props: FilledRun): Fleet {
  const indexed = isIndexed(props);
  const { parallelism: asked = 1, items, followUps = false } = props;
  const { idleWorkers = indexed && !followUps ? IdleWorkers.LEAVE : IdleWorkers.WAIT } = props;
  const parallelism = followUps ? asked : Math.min(asked, Math.max(1, items?.length ?? asked));
  return {
    parallelism,
    isIndexed: indexed,
    closers: Math.ceil(parallelism / WORKERS_PER_CLOSER),
    idleLeave: idleWorkers === IdleWorkers.LEAVE,
  };
}

/**
 * The fields that say how many pods the Job runs, and when it is Complete. With indexes that is when one of the closers has
 * ended with 0, which it does only on a drained queue. They are the lowest, because a Job that is scaled down forgets the
 * highest.
 */
export function fleetFields({ parallelism, isIndexed, closers }: Fleet): Manifest {
  if (!isIndexed) return { parallelism };
  const succeededIndexes = closers === 1 ? '0' : `0-${closers - 1}`;
  return {
    parallelism,
    completionMode: CompletionMode.INDEXED,
    completions: parallelism,
    backoffLimitPerIndex: NO_LIMIT_PER_INDEX,
    successPolicy: { rules: [{ succeededIndexes, succeededCount: 1 }] },
  };
}

/** Says so where fewer workers run than were asked for. */
export function sayIfLowered(scope: Place, { parallelism = 1, items = [] }: FilledRun, fleet: Fleet) {
  if (fleet.parallelism === parallelism) return;
  const there = items.length === 1 ? 'there is 1 item' : `there are ${items.length} items`;
  const run = fleet.parallelism === 1 ? '1 worker runs' : `${fleet.parallelism} workers run`;
  console.warn(
    `${scope.node.path}: parallelism is ${parallelism}, and ${there}: ${run}. Where handlers add items, say so: followUps: true.`,
  );
}

/** Refuses workers that leave early without indexes. */
export function checkIdleWorkers(props: RunProps, at: At) {
  if (props.idleWorkers !== IdleWorkers.LEAVE || isIndexed(props)) return;
  throw at
    .prop('idleWorkers')
    .refusal(
      props.idleWorkers,
      'Without indexes, Kubernetes replaces no pod after the first that ended with 0, so none may leave early. ' +
        'Use IdleWorkers.WAIT; or completionMode: CompletionMode.INDEXED, where the image is built on the runtime of this package.',
    );
}
