import type { Duration } from 'cdk8s';
import type { ContainerResources } from '../kubernetes';
import type { WorkerProps } from '../workers';
import type { CompletionMode, IdleWorkers } from './completion-mode';

/** Props of the workers of a queue that come to an end: the pods of a Job. */
export interface RunProps extends WorkerProps {
  /**
   * How many workers run at once, 1 to 100,000. More than there are `items` are lowered to their number, which a line on
   * standard error says at synth, unless `followUps` says that there will be more.
   *
   * With indexes, a changed chart scales the Job that is there from 1 to 10, from 11 to 20 and so on; across a multiple of
   * ten another worker stays until the end, so it makes another Job. `kubectl` and `rwq scale` scale a running one freely.
   *
   * @default 1
   * @example parallelism: 8
   */
  readonly parallelism?: number;

  /**
   * Whether handlers add items (`add`), so that there are more than the chart knows of: `parallelism` is not lowered to the
   * number of `items`, and idle workers wait, as there may be more to do at any time.
   *
   * @default false
   * @example followUps: true
   */
  readonly followUps?: boolean;

  /**
   * Whether the workers have indexes, so that lost ones are replaced soon, each by a clock of its own. It takes workers
   * on the runtime of this package, or others that speak its protocol: the Job is Complete, and its other pods end, when
   * one of the lowest indexes has ended with 0. Of an `image` nobody knows that; say so for one that is built on it.
   *
   * @default - CompletionMode.INDEXED for an `entry`, and with `agent` or `run`; else CompletionMode.NON_INDEXED
   * @example completionMode: CompletionMode.INDEXED
   */
  readonly completionMode?: CompletionMode;

  /**
   * What a worker does when nothing is left to claim, while others run the last items. IdleWorkers.LEAVE takes indexes.
   *
   * @default - IdleWorkers.LEAVE with indexes and without `followUps`, else IdleWorkers.WAIT
   * @example idleWorkers: IdleWorkers.WAIT
   */
  readonly idleWorkers?: IdleWorkers;

  /**
   * How long to wait for the first item, or for the fill; 0 is forever. Then the Job fails with 83.
   *
   * @default Duration.minutes(10)
   * @example startTimeout: Duration.hours(1)
   */
  readonly startTimeout?: Duration;

  /**
   * How many pods may fail before the Job does. Pods that were evicted or ended by SIGTERM do not count. An item that
   * crashes its worker takes `maxAttempts` pods along before it becomes a dead letter.
   *
   * @default - 10 × maxAttempts (30 unless set), which tolerates ten such items
   * @example backoffLimit: 100
   */
  readonly backoffLimit?: number;

  /**
   * How long the Job may run in all, in whole seconds. Then it fails; the queue keeps its state.
   *
   * @default - no limit
   * @example activeDeadline: Duration.hours(6)
   */
  readonly activeDeadline?: Duration;

  /**
   * Whether the Job is Complete, too, when some items are dead letters.
   *
   * @default false
   * @example tolerateDeadLetters: true
   */
  readonly tolerateDeadLetters?: boolean;

  /**
   * Whether the first dead letter ends the run: no item is handed out any more, running items are aborted and go back to the
   * queue, and the Job fails with exit code 80. The queue keeps what is left. A dead letter that is sent back
   * (`rwq dead retry`) or dropped makes way for another Job.
   *
   * @default - false: the Job fails at its end, when all other items are done
   * @example failFast: true
   */
  readonly failFast?: boolean;

  /**
   * Requests and limits of the containers that run `redis-cli`: the gate, those that wait for other queues, the fill of
   * `items`, and what seals a queue that a `filler` fills. For quotas and policies that ask every container for limits. A
   * resource that is not mentioned keeps its default.
   *
   * @default - requests of 10m CPU and 16Mi memory, which stay where only limits are given; no limits
   * @example cliResources: { cpu: { limit: Cpu.millis(100) }, memory: { limit: Size.mebibytes(32) } }
   */
  readonly cliResources?: ContainerResources;
}
