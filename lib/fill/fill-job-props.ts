import type { Duration } from 'cdk8s';
import type { ContainerResources, JobMetadataProps, KueueQueueProps, PodProps } from '../kubernetes';
import type { IQueueDefinition } from '../props';
import type { RedisStore } from '../store';

/** Props of `FillJob`. */
export interface FillJobProps extends PodProps, JobMetadataProps {
  /**
   * Name of the Job. The ConfigMaps are named after it. Kubernetes refuses to change the pods of a Job, so the Job asks
   * Argo CD and Flux, by annotations, to replace it.
   *
   * @example name: 'thumbnails-fill'
   */
  readonly name: string;
  /**
   * Name of the queue that is filled.
   *
   * @default - that of `queue`; one of the two must be given
   * @example queueName: 'thumbnails'
   */
  readonly queueName?: string;

  /**
   * The queue that is filled, made by `defineQueue`: it checks and encodes the `items`.
   *
   * @default - none: the items are strings
   * @example queue: thumbnails
   */
  readonly queue?: IQueueDefinition;
  /**
   * Items, in order: with `queue` as it takes them, else strings.
   *
   * @example items: ['apple', 'banana', 'cherry']
   */
  // biome-ignore lint/suspicious/noExplicitAny: an item is what `queue` says, and jsii knows neither generics nor unions
  readonly items: any[];
  /**
   * The store that holds the queue.
   *
   * @example redis: RedisStore.persistent(chart, 'redis')
   */
  readonly redis: RedisStore;
  /**
   * How long to wait for a Redis that does not answer.
   *
   * @default Duration.minutes(5)
   * @example storeTimeout: Duration.minutes(15)
   */
  readonly storeTimeout?: Duration;
  /**
   * How long the Job is kept after it has finished.
   *
   * @default Duration.days(7)
   * @example ttlAfterFinished: Duration.days(1)
   */
  readonly ttlAfterFinished?: Duration;
  /**
   * The queue of Kueue in which the Job waits for quota.
   *
   * @default - none: the Job starts at once, unless Kueue manages all Jobs of the namespace
   * @example kueue: { localQueue: 'batch' }
   */
  readonly kueue?: KueueQueueProps;
  /**
   * Requests and limits of its container. A resource that is not mentioned keeps its default.
   *
   * @default - requests of 10m CPU and 16Mi memory, which stay where only limits are given; no limits
   * @example resources: { cpu: { limit: Cpu.millis(100) }, memory: { limit: Size.mebibytes(32) } }
   */
  readonly resources?: ContainerResources;
  /**
   * Further labels of the pod and of the objects.
   *
   * @default - those of the chart, and what describes the fill under `app.kubernetes.io/`
   * @example labels: { team: 'media' }
   */
  readonly labels?: { readonly [key: string]: string };
}
