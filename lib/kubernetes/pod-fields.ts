import type { Labels } from './labels';
import type { Manifest } from './manifest';
import type { PodProps } from './pod-props';
import { type PodIds, podSecurityContext } from './restricted-pod';
import type { ISecret } from './secret';

/** The Secrets that all images of a pod are pulled with, each once; undefined if there are none. */
export function renderPullSecrets(...lists: (readonly ISecret[] | undefined)[]): Manifest[] | undefined {
  const names = new Set(lists.flatMap((secrets) => secrets ?? []).map((secret) => secret.name));
  return names.size > 0 ? [...names].map((name) => ({ name })) : undefined;
}

/** What a pod has besides its props. */
export interface PodIdentity {
  /** The ids that it runs with; none: those that the namespace gives. */
  readonly ids: PodIds | undefined;
  /** Labels by which pods of its kind, and no others, are found. */
  readonly selector: Labels;
}

/** The fields of a pod that its props make. */
export function podFields(props: PodProps, { ids, selector }: PodIdentity): Manifest {
  const itself = { matchLabels: selector };
  return {
    affinity: props.affinity && withSelectors(props.affinity, itself),
    dnsConfig: props.dnsConfig,
    dnsPolicy: props.dnsPolicy,
    hostAliases: props.hostAliases,
    hostUsers: props.hostUsers,
    imagePullSecrets: renderPullSecrets(props.imagePullSecrets),
    nodeSelector: props.nodeSelector,
    priorityClassName: props.priorityClassName,
    runtimeClassName: props.runtimeClassName,
    schedulerName: props.schedulerName,
    securityContext: { ...podSecurityContext(ids), ...props.podSecurityContext },
    tolerations: props.tolerations,
    topologySpreadConstraints: props.topologySpreadConstraints?.map((constraint) => ({
      ...constraint,
      labelSelector: constraint.labelSelector ?? itself,
    })),
  };
}

/** How long a pod stays bound to a node that is gone. Kubernetes' own 300 s would hold up its replacement as long. */
const LOST_NODE_SECONDS = 30;

const LOST_NODE_TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** The same for pods that must leave a lost node before others can take their place. */
export function replaceablePodFields(props: PodProps, identity: PodIdentity): Manifest {
  const given = props.tolerations ?? [];
  const lostNode = LOST_NODE_TAINTS.filter(
    (taint) => !given.some(({ key, effect }) => (key || taint) === taint && (effect ?? 'NoExecute') === 'NoExecute'),
  ).map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: LOST_NODE_SECONDS }));
  return { ...podFields(props, identity), tolerations: [...given, ...lostNode] };
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** An affinity whose terms of pods all say which: to Kubernetes, one that does not means none. */
function withSelectors(affinity: Manifest, itself: Manifest): Manifest {
  const term = (given: Manifest) => ({ ...given, labelSelector: given.labelSelector ?? itself });
  const terms = (given: unknown) => {
    const { [REQUIRED]: required, [PREFERRED]: preferred } = given as { readonly [kind: string]: Manifest[] };
    return {
      [REQUIRED]: required?.map(term),
      [PREFERRED]: preferred?.map((each) => ({ ...each, podAffinityTerm: term(each.podAffinityTerm as Manifest) })),
    };
  };
  return {
    ...affinity,
    podAffinity: affinity.podAffinity && terms(affinity.podAffinity),
    podAntiAffinity: affinity.podAntiAffinity && terms(affinity.podAntiAffinity),
  };
}
