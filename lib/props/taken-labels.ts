import type { Labels } from '../kubernetes';
import type { At } from './kind';

/** Labels of pods that the construct sets, or the controllers of Kubernetes. */
const TAKEN =
  /^(cdk8s-redis-work-queue\/|batch\.kubernetes\.io\/|statefulset\.kubernetes\.io\/|apps\.kubernetes\.io\/|(job-name|controller-uid|controller-revision-hash|pod-template-hash)$)/;

/**
 * Refuses labels of a pod that it has already.
 *
 * @param at the prop that holds them
 * @param isFree which of them are the user's all the same
 */
export function refuseTakenLabels(
  podLabels: Labels | undefined,
  at: At,
  isFree: (key: string) => boolean = () => false,
) {
  const taken = Object.keys(podLabels ?? {}).find((key) => TAKEN.test(key) && !isFree(key));
  if (taken === undefined) return;
  throw at.as(`a key of ${at.name}`).refusal(taken, 'It is set by Kubernetes or the construct; use another one.');
}
