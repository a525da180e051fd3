import { KEY, type TopologySpreadConstraint } from '../kubernetes';
import { type Kind, list, refined } from './kind';
import { string, whole, word } from './kinds';
import { labelSelector } from './label-selector';
import { type Shape, shape } from './shape';

const LIKE = '{ maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway" }';

const UNSATISFIABLE = 'It must be "DoNotSchedule" or "ScheduleAnyway".';

const policy = word(['Honor', 'Ignore'], 'It must be "Honor" or "Ignore".');

/** Keys of labels of pods. */
export const labelKeys = list(string(KEY), 'an array of keys of labels: ["batch.kubernetes.io/job-name"]');

export const topologySpreadConstraint: Shape<TopologySpreadConstraint> = shape<TopologySpreadConstraint>({
  of: 'A topologySpreadConstraint',
  like: LIKE,
  props: {
    maxSkew: { is: whole(1), required: 'It must be how much the numbers of pods may differ: 1.' },
    topologyKey: {
      is: string(KEY),
      required: 'It must be a label of nodes: "topology.kubernetes.io/zone", or "kubernetes.io/hostname".',
    },
    whenUnsatisfiable: { is: word(['DoNotSchedule', 'ScheduleAnyway'], UNSATISFIABLE), required: UNSATISFIABLE },
    labelSelector: { is: labelSelector },
    matchLabelKeys: { is: labelKeys },
    minDomains: { is: whole(1) },
    nodeAffinityPolicy: { is: policy },
    nodeTaintsPolicy: { is: policy },
  },
  together({ whenUnsatisfiable, minDomains, labelSelector, matchLabelKeys = [] }, at) {
    if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      throw at
        .prop('minDomains')
        .refusal(minDomains, 'It is for whenUnsatisfiable: "DoNotSchedule" alone. Remove it, or use that.');
    }
    const named = [
      ...Object.keys(labelSelector?.matchLabels ?? {}),
      ...(labelSelector?.matchExpressions ?? []).map(({ key }) => key),
    ];
    const twice = matchLabelKeys.find((key) => named.includes(key));
    if (twice === undefined) return;
    throw at
      .prop('matchLabelKeys')
      .refusal(twice, 'The labelSelector names that label, too. Remove it from one of them.');
  },
});

/** How evenly pods are spread. */
export const topologySpreadConstraints: Kind<TopologySpreadConstraint[]> = refined(
  list(topologySpreadConstraint, `an array of topologySpreadConstraints: [${LIKE}]`),
  (constraints, at) => {
    constraints.forEach(({ topologyKey, whenUnsatisfiable }, index) => {
      const first = constraints.findIndex(
        (other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable,
      );
      if (first === index) return;
      throw at
        .element(index)
        .prop('topologyKey')
        .refusal(
          topologyKey,
          `${at.element(first).name} has it with whenUnsatisfiable: "${whenUnsatisfiable}", too, which Kubernetes refuses. Remove one of them.`,
        );
    });
  },
);
