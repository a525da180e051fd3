import type { Size } from 'cdk8s';
import type { MadeRedisProps } from './redis-store-props';

/** Props of `RedisStore.replicated`. */
export interface ReplicatedRedisProps extends MadeRedisProps {
  /**
   * How many members the store has, 3 to 9: a primary and its replicas, each with a sentinel. Three go on without any one of
   * them, five without any two.
   *
   * @default 3
   * @example replicas: 5
   */
  readonly replicas?: number;

  /**
   * Whether each member has a volume claim. Without, its data lives as long as its pod: the store survives the loss of members
   * one after another, and not of all at once.
   *
   * @default true
   * @example persistent: false
   */
  readonly persistent?: boolean;

  /**
   * Size of each volume. Kubernetes refuses to change it in a StatefulSet that exists.
   *
   * @default - twice `memory`, at least Size.gibibytes(1)
   * @example storage: Size.gibibytes(8)
   */
  readonly storage?: Size;

  /**
   * Storage class of the volume claims.
   *
   * @default - the cluster's default class
   * @example storageClassName: 'premium-rwo'
   */
  readonly storageClassName?: string;

  /**
   * Name of the StatefulSet, at most 52 characters.
   *
   * @default - made from the path of the construct
   * @example statefulSetName: 'redis'
   */
  readonly statefulSetName?: string;
}
