import type { Labels } from './labels';

/** Annotations of a pod by which the Cluster Autoscaler and Karpenter leave it, and its node, alone. */
export const NOT_EVICTABLE: Labels = {
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  'karpenter.sh/do-not-disrupt': 'true',
};

/** Props that say which annotations a pod has. */
export interface AnnotatedPod {
  readonly evictable?: boolean;
  readonly podAnnotations?: Labels;
}

/** The annotations of a pod, with those by which it may not be evicted. */
export function annotationsOfPod({ evictable = true, podAnnotations }: AnnotatedPod): Labels | undefined {
  return evictable ? podAnnotations : { ...podAnnotations, ...NOT_EVICTABLE };
}
