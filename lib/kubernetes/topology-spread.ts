import type { LabelSelector } from './label-selector';

/** How evenly pods are spread over nodes, zones or other domains. */
export interface TopologySpreadConstraint {
  /**
   * How much the numbers of pods of two domains may differ, at least 1.
   *
   * @example maxSkew: 1
   */
  readonly maxSkew: number;
  /**
   * The label of nodes whose values are the domains.
   *
   * @example topologyKey: 'topology.kubernetes.io/zone'
   */
  readonly topologyKey: string;
  /**
   * What becomes of a pod that would tip the balance: `DoNotSchedule`, it waits; `ScheduleAnyway`, it goes where it tips
   * it least.
   *
   * @example whenUnsatisfiable: 'ScheduleAnyway'
   */
  readonly whenUnsatisfiable: string;
  /**
   * The pods that are counted.
   *
   * @default - the pods that the constraint is given to, such as all workers of the queue
   * @example labelSelector: { matchLabels: { team: 'media' } }
   */
  readonly labelSelector?: LabelSelector;
  /**
   * Keys of labels by whose values the pods are counted apart.
   *
   * @default - none
   * @example matchLabelKeys: ['batch.kubernetes.io/job-name']
   */
  readonly matchLabelKeys?: string[];
  /**
   * How few domains there may be, for `DoNotSchedule`.
   *
   * @default 1
   * @example minDomains: 3
   */
  readonly minDomains?: number;
  /**
   * Whether only nodes that `nodeSelector` and `affinity` let the pod onto are counted: `Honor` or `Ignore`.
   *
   * @default 'Honor'
   * @example nodeAffinityPolicy: 'Ignore'
   */
  readonly nodeAffinityPolicy?: string;
  /**
   * Whether only nodes whose taints the pod tolerates are counted: `Honor` or `Ignore`.
   *
   * @default 'Ignore'
   * @example nodeTaintsPolicy: 'Honor'
   */
  readonly nodeTaintsPolicy?: string;
}
