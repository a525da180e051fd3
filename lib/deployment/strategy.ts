import type { Manifest } from '../kubernetes';
import { type Shape, shape, word } from '../props';
import { amount } from './amount';

/** How many pods may be too many, or missing, while a Deployment is rolled. */
export interface RollingUpdate {
  /**
   * Pods beyond `replicas`: a number, or a share such as `'25%'`, rounded up.
   *
   * @default '25%'
   * @example maxSurge: 1
   */
  // biome-ignore lint/suspicious/noExplicitAny: a number or a text
  readonly maxSurge?: any;
  /**
   * Pods that may be missing: a number, or a share such as `'25%'`, rounded down.
   *
   * @default '25%'
   * @example maxUnavailable: 0
   */
  // biome-ignore lint/suspicious/noExplicitAny: a number or a text
  readonly maxUnavailable?: any;
}

/** How the pods of a Deployment are replaced, in the words of Kubernetes. */
export interface DeploymentStrategy {
  /**
   * `RollingUpdate`, or `Recreate`: all old pods end before the first new one starts, for code that may not run beside
   * its former self.
   *
   * @default 'RollingUpdate'
   * @example type: 'Recreate'
   */
  readonly type?: string;
  /**
   * The limits of a rolling update.
   *
   * @default - a quarter of the pods may be too many, and a quarter may be missing
   * @example rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
   */
  readonly rollingUpdate?: RollingUpdate;
}

export const ROLLING_UPDATE: Shape<RollingUpdate> = shape<RollingUpdate>({
  of: 'rollingUpdate',
  like: '{ maxSurge: 1, maxUnavailable: 0 }',
  props: { maxSurge: { is: amount }, maxUnavailable: { is: amount } },
  together({ maxSurge, maxUnavailable }, at) {
    const isNone = (pods: unknown) => pods === 0 || pods === '0%';
    if (!isNone(maxSurge) || !isNone(maxUnavailable)) return;
    throw at
      .prop('maxUnavailable')
      .refusal(maxUnavailable, 'With `maxSurge` 0, no pod could ever be replaced. Let one of them be 1 or more.');
  },
});

export const STRATEGY: Shape<DeploymentStrategy> = shape<DeploymentStrategy>({
  of: 'strategy',
  like: '{ rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }',
  props: {
    type: { is: word(['RollingUpdate', 'Recreate'], 'It must be "RollingUpdate" or "Recreate".') },
    rollingUpdate: { is: ROLLING_UPDATE, shown: () => 'given' },
  },
  foreign: {
    strategy: 'It is written as in Kubernetes: { type: "Recreate" }, or { rollingUpdate: { maxSurge: 1 } }.',
    maxSurge: 'It is a part of `rollingUpdate`: { rollingUpdate: { maxSurge: 1 } }.',
    maxUnavailable: 'It is a part of `rollingUpdate`: { rollingUpdate: { maxUnavailable: 0 } }.',
  },
  together({ type, rollingUpdate }, at) {
    if (type !== 'Recreate' || rollingUpdate === undefined) return;
    throw at.prop('rollingUpdate').refusal('given', 'With `type: "Recreate"` there is no rolling update. Remove one.');
  },
});

/** The strategy in a manifest; left out, it is that of Kubernetes. */
export function renderStrategy({ type, rollingUpdate }: DeploymentStrategy = {}): Manifest | undefined {
  if (type === undefined && rollingUpdate === undefined) return undefined;
  return { type: type ?? 'RollingUpdate', ...(rollingUpdate && { rollingUpdate: { ...rollingUpdate } }) };
}
