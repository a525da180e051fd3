import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Labels } from '../kubernetes';
import { type Shape, shape } from '../props';
import { amount } from './amount';

/** How many workers a drain of nodes may take away at a time. */
export interface PodDisruptionBudgetProps {
  /**
   * Workers that may be away: a number, or a share such as `'25%'`. Refused beside `minAvailable`.
   *
   * @default 1
   * @example maxUnavailable: '25%'
   */
  // biome-ignore lint/suspicious/noExplicitAny: a number or a text
  readonly maxUnavailable?: any;
  /**
   * Workers that have to stay: a number, or a share such as `'50%'`. As many as there are keep every drain of a node from
   * ending.
   *
   * @default - as `maxUnavailable` says
   * @example minAvailable: '50%'
   */
  // biome-ignore lint/suspicious/noExplicitAny: a number or a text
  readonly minAvailable?: any;
}

export const POD_DISRUPTION_BUDGET: Shape<PodDisruptionBudgetProps> = shape<PodDisruptionBudgetProps>({
  of: 'podDisruptionBudget',
  like: '{ maxUnavailable: 1 }',
  props: {
    maxUnavailable: {
      is: amount,
      notWith: { minAvailable: 'It is given beside `minAvailable`, and Kubernetes takes one of them. Remove one.' },
    },
    minAvailable: { is: amount },
  },
  together({ maxUnavailable }, at) {
    if (maxUnavailable !== 0 && maxUnavailable !== '0%') return;
    throw at
      .prop('maxUnavailable')
      .refusal(
        maxUnavailable,
        'No node with a worker could be drained. Let one worker go at a time: its items are given back, and others have them.',
      );
  },
});

/**
 * The PodDisruptionBudget of the workers. Workers have no readiness probe, so one that is not ready is one that fails to
 * start, and protects nothing.
 */
export function podDisruptionBudget(
  scope: Construct,
  { maxUnavailable, minAvailable }: PodDisruptionBudgetProps = {},
  { name, labels, selector }: { readonly name: string; readonly labels: Labels; readonly selector: Labels },
): ApiObject {
  return new ApiObject(scope, 'PodDisruptionBudget', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, labels },
    spec: {
      ...(minAvailable === undefined ? { maxUnavailable: maxUnavailable ?? 1 } : { minAvailable }),
      selector: { matchLabels: selector },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  });
}
