import type { Duration } from 'cdk8s';
import { isRecord, type Kind, kind, list } from '../props';
import { isRedisStore, type RedisStore } from '../store';

/** A queue on a store. A `RedisWorkQueueJob` is one. */
export interface IWorkQueue {
  /** Name of the queue. */
  readonly queueName: string;
  /** The store that holds the queue. */
  readonly redis: RedisStore;
  /**
   * Identity of what is filled in.
   *
   * @default - whatever the queue holds
   */
  readonly batch?: string;
  /**
   * Whether its Job is Complete, too, when some items are dead letters.
   *
   * @default false
   */
  readonly tolerateDeadLetters?: boolean;
  /**
   * For how long nothing may have been claimed before it counts as drained, where it is not sealed.
   *
   * @default Duration.seconds(30)
   */
  readonly settle?: Duration;
}

const ENDLESS =
  'The work of a RedisWorkQueueDeployment never ends, so what comes after it would never begin. Wait for a RedisWorkQueueJob.';

const ALLOWED = 'It must be a RedisWorkQueueJob, or another queue on a store: { queueName: "invoices", redis }.';

const workQueue: Kind<IWorkQueue> = kind(
  (given) => {
    if (!isRecord(given)) return false;
    const { queueName, redis } = given;
    return typeof queueName === 'string' && queueName !== '' && isRedisStore(redis) && !isEndless(given);
  },
  (given) => (isEndless(given) ? ENDLESS : ALLOWED),
);

/** Whether it is a `RedisWorkQueueDeployment`, of any copy of this package. */
function isEndless(given: unknown): boolean {
  return isRecord(given) && 'deployment' in given;
}

/** Queues that are drained first. */
export const workQueues: Kind<IWorkQueue[]> = list(
  workQueue,
  'an array of Jobs whose queues are drained first: [invoices]',
);
