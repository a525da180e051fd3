import type { PodProps } from '../kubernetes';
import { checkPod, PODS, PODS_FOREIGN, type Shape, shape } from '../props';

/** The pod of a fill, beside what it takes from the workers. */
export const FILL_POD: Shape<PodProps> = shape<PodProps>({
  of: 'fillPod',
  like: '{ podAnnotations: { "sidecar.istio.io/inject": "false" } }',
  props: PODS,
  foreign: {
    ...PODS_FOREIGN,
    resources:
      'It is the pod. A `filler` has `resources` of its own; those of redis-cli are `cliResources` of the Job.',
    annotations: 'The annotations of the pod are `podAnnotations`.',
    labels: 'The labels of the pod are `podLabels`.',
    serviceAccount: 'It is the pod. A `filler` has a `serviceAccount` of its own.',
  },
  together: checkPod,
});
