import type { Duration } from 'cdk8s';
import type { Manifest } from './manifest';
import { inSeconds } from './quantity';
import type { ISecret } from './secret';

/** A taint that pods tolerate. */
export interface Toleration {
  /**
   * Key of the taint.
   *
   * @default - every key
   * @example key: 'spot'
   */
  readonly key?: string;
  /**
   * `Equal` or `Exists`.
   *
   * @default 'Equal'
   * @example operator: 'Exists'
   */
  readonly operator?: string;
  /**
   * Value of the taint, for `Equal`.
   *
   * @default - none
   * @example value: 'true'
   */
  readonly value?: string;
  /**
   * `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
   *
   * @default - every effect
   * @example effect: 'NoSchedule'
   */
  readonly effect?: string;
  /**
   * How long a running pod tolerates a `NoExecute` taint, in whole seconds.
   *
   * @default - forever
   * @example tolerationPeriod: Duration.minutes(5)
   */
  readonly tolerationPeriod?: Duration;
}

/** Props by which a user says where pods run, and with what their images are pulled. */
export interface PlacementProps {
  readonly imagePullSecrets?: ISecret[];
  readonly nodeSelector?: { readonly [label: string]: string };
  readonly tolerations?: Toleration[];
  readonly priorityClassName?: string;
}

/** The Secrets that all images of a pod are pulled with, each once; undefined if there are none. */
export function renderPullSecrets(...lists: (readonly ISecret[] | undefined)[]): Manifest[] | undefined {
  const names = new Set(lists.flatMap((secrets) => secrets ?? []).map((secret) => secret.name));
  return names.size > 0 ? [...names].map((name) => ({ name })) : undefined;
}

/** The fields of a pod that say so. */
export function renderPlacement(props: PlacementProps): Manifest {
  return {
    imagePullSecrets: renderPullSecrets(props.imagePullSecrets),
    nodeSelector: props.nodeSelector,
    priorityClassName: props.priorityClassName,
    tolerations: props.tolerations?.map(renderToleration),
  };
}

/** How long a pod stays bound to a node that is gone. Kubernetes' own 300 s would hold up its replacement as long. */
const LOST_NODE_SECONDS = 30;

const LOST_NODE_TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** The same for the pods of a Job, which must leave a lost node before others can take their place. */
export function renderJobPlacement(props: PlacementProps): Manifest {
  const given = (props.tolerations ?? []).map(renderToleration);
  const lostNode = LOST_NODE_TAINTS.filter(
    (taint) => !given.some(({ key, effect }) => (key || taint) === taint && (effect ?? 'NoExecute') === 'NoExecute'),
  ).map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: LOST_NODE_SECONDS }));
  return { ...renderPlacement(props), tolerations: [...given, ...lostNode] };
}

function renderToleration({ tolerationPeriod, key, operator, value, effect }: Toleration): Manifest {
  return { key, operator, value, effect, tolerationSeconds: tolerationPeriod && inSeconds(tolerationPeriod) };
}
