import type { Duration } from 'cdk8s';
import type { QueueFiller } from '../fill';
import type { JobMetadataProps, KueueProps, PodProps } from '../kubernetes';
import type { IWorkQueue } from '../pod';
import type { EgressProps } from '../workers';
import type { RunProps } from './run-props';

/** Props of `RedisWorkQueueJob`. */
export interface RedisWorkQueueJobProps extends RunProps, EgressProps, JobMetadataProps {
  /**
   * How long an unsealed queue must stay empty to count as drained. With `items` it is sealed.
   *
   * @default Duration.seconds(30)
   * @example settle: Duration.minutes(2)
   */
  readonly settle?: Duration;

  /**
   * Whether an init container holds pods back until there is something to do: with `items` or a `filler` until all are
   * in the queue, else until the first one is.
   *
   * The runtime of this package waits by itself; other images take an empty list for a finished one. A worker that knows
   * the queue was filled also knows an empty Redis for lost data from its first call on.
   *
   * @default - true, but false for an `entry` without `items` and `filler`
   * @example gate: false
   */
  readonly gate?: boolean;

  /**
   * How long a finished Job, and a finished fill, are kept, in whole seconds. The queue keeps its state: applied again,
   * the Job is Complete at once.
   *
   * @default Duration.days(7)
   * @example ttlAfterFinished: Duration.days(1)
   */
  readonly ttlAfterFinished?: Duration;

  /**
   * Whether the Job is made without pods, until `suspend` is patched to false. The fill is not suspended. Refused beside
   * `kueue`.
   *
   * @default false
   * @example suspend: true
   */
  readonly suspend?: boolean;

  /**
   * The queue of Kueue in which the Job, and its fill, wait for quota. The cluster must run Kueue.
   *
   * A running Job cannot change queues, so another one gives the Jobs other names, unless `jobName` is set.
   *
   * @default - none: the Job starts at once
   * @example kueue: { localQueue: 'batch', minParallelism: 2 }
   */
  readonly kueue?: KueueProps;

  /**
   * Name of the Job, at most 63 characters, 58 with `items` or a `filler`, 57 with indexes. Kubernetes refuses to change
   * the pods of a Job, so any other image, variable or item under the same name takes `kubectl replace --force` or a
   * deleted Job. Argo CD and Flux are told so by annotations.
   *
   * @default - made from the path of the construct, with a hash of the pods at its end: a changed Job is another one
   * @example jobName: 'thumbnails'
   */
  readonly jobName?: string;

  /**
   * What to fill the queue with, once however often the chart is applied. With `queue`, items as it takes them: its schema
   * checks each, and an error names the one that does not fit. For the compiler to check them, too, give
   * `thumbnails.items([…])`. Without `queue`, strings, which are pushed byte for byte. About 4 MB in all, about 240 kB
   * each. An empty list is done at once. Other items replace those of an earlier chart where all of these are done,
   * without dead letters and kept results; else the fill fails (81), and its message says which command clears the way.
   * Items that the queue has had before are not pushed again. Synth refuses a second fill of a queue.
   *
   * @default - the queue is filled by hand or by another program
   * @example items: ['apple', 'banana', 'cherry']
   */
  // biome-ignore lint/suspicious/noExplicitAny: an item is what `queue` says, and jsii knows neither generics nor unions
  readonly items?: any[];

  /**
   * A program that fills the queue, in place of `items`: it runs as the fill Job, and the queue is sealed when it has
   * ended with 0. The workers wait for that at most `startTimeout`. Another `batch` replaces an earlier one as other `items`
   * do.
   *
   * @default - the queue is filled by `items`, by hand or by another program
   * @example filler: { entry: './fill.ts', batch: '2026-11-23' }
   */
  readonly filler?: QueueFiller;

  /**
   * Props of the pod that fills the queue, with `items` or a `filler`. Each takes the place of what the fill has from the
   * workers.
   *
   * @default - placement, priority, names and pull secrets of the workers
   * @example fillPod: { podAnnotations: { 'sidecar.istio.io/inject': 'false' } }
   */
  readonly fillPod?: PodProps;

  /**
   * Jobs whose queues have to be drained before these workers, and the `filler`, begin: their pods wait in an init container
   * for each of them. Items that were filled in ahead wait, too. A queue with dead letters counts as drained only where its
   * Job tolerates them. At most 7; a stage that waits for more takes another one in between.
   *
   * The pods take up their room while they wait, and `activeDeadline` counts that time. A Job whose store is made by default
   * cannot wait for one on another store that is made: give both the same `redis`.
   *
   * @default - none: the workers begin at once
   * @example after: [{ queueName: 'pages', redis: RedisStore.external(chart, 'redis', { host: 'redis.example.com' }) }]
   */
  readonly after?: IWorkQueue[];
}
