import type { Labels } from './labels';

/** Annotations of a pod by which the Cluster Autoscaler and Karpenter leave it, and its node, alone. */
export const NOT_EVICTABLE: Labels = {
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  'karpenter.sh/do-not-disrupt': 'true',
};

/** The annotations of a pod that may be evicted or not. Of one that may, there are none. */
export function evictionAnnotations(evictable = true): Labels | undefined {
  return evictable ? undefined : NOT_EVICTABLE;
}
