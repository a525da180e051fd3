import { KEY, type LabelSelector, type Manifest } from '../kubernetes';
import { type Kind, list, refined } from './kind';
import { labelValue, name, string, whole, word } from './kinds';
import { labelSelector } from './label-selector';
import { type Shape, shape, type Table } from './shape';
import { labelKeys } from './topology-spread';

interface NodeRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: string[];
}

interface NodeTerm {
  readonly matchExpressions?: NodeRequirement[];
  readonly matchFields?: NodeRequirement[];
}

interface PodTerm {
  readonly topologyKey: string;
  readonly labelSelector?: LabelSelector;
  readonly namespaces?: string[];
  readonly namespaceSelector?: LabelSelector;
  readonly matchLabelKeys?: string[];
  readonly mismatchLabelKeys?: string[];
}

/** What must hold, and what should. */
interface Terms<Required, Preferred> {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: Required;
  readonly preferredDuringSchedulingIgnoredDuringExecution?: Preferred[];
}

const NODE_REQUIREMENT = '{ key: "kubernetes.io/arch", operator: "In", values: ["arm64"] }';
const NODE_TERM = `{ matchExpressions: [${NODE_REQUIREMENT}] }`;
const POD_TERM = '{ topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { team: "media" } } }';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];
const OPERATOR = 'It must be "In", "NotIn", "Exists", "DoesNotExist", "Gt" or "Lt".';

const nodeRequirement: Shape<NodeRequirement> = shape<NodeRequirement>({
  of: 'A requirement',
  like: NODE_REQUIREMENT,
  props: {
    key: { is: string(KEY), required: `It must be the key of a label of nodes: ${NODE_REQUIREMENT}.` },
    operator: { is: word(OPERATORS, OPERATOR), required: OPERATOR },
    values: { is: list(labelValue, 'an array of strings: ["arm64"]') },
  },
  foreign: { value: 'They are `values`, an array: ["arm64"].' },
  together({ operator, values = [] }, at) {
    const refuse = (allowed: string) => at.prop('values').refusal(values, allowed);
    if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) throw refuse(`"${operator}" takes none. Remove them.`);
    } else if (operator === 'Gt' || operator === 'Lt') {
      const isNumber = values.length === 1 && /^-?\d{1,18}$/.test(values[0] as string);
      if (!isNumber) throw refuse(`"${operator}" takes one whole number as text: ["8"].`);
    } else if (values.length === 0) {
      throw refuse(`"${operator}" needs at least one: ${NODE_REQUIREMENT}.`);
    }
  },
});

const FIELD = '{ key: "metadata.name", operator: "In", values: ["node-1"] }';

const nodeField: Kind<NodeRequirement> = refined(nodeRequirement, ({ key, operator, values = [] }, at) => {
  if (key === 'metadata.name' && ['In', 'NotIn'].includes(operator) && values.length === 1) return;
  throw at.refusal({ key, operator, values }, `The one field that Kubernetes takes is the name of a node: ${FIELD}.`);
});

const nodeTerm: Shape<NodeTerm> = shape<NodeTerm>({
  of: 'A term of nodes',
  like: NODE_TERM,
  props: {
    matchExpressions: { is: list(nodeRequirement, `an array of requirements: [${NODE_REQUIREMENT}]`) },
    matchFields: { is: list(nodeField, `an array of requirements: [${FIELD}]`) },
  },
  foreign: { matchLabels: `A term of nodes has matchExpressions: [${NODE_REQUIREMENT}].` },
});

const podTerm: Shape<PodTerm> = shape<PodTerm>({
  of: 'A term of pods',
  like: POD_TERM,
  props: {
    topologyKey: {
      is: string(KEY),
      required: 'It must be a label of nodes: "kubernetes.io/hostname", or "topology.kubernetes.io/zone".',
    },
    labelSelector: { is: labelSelector },
    namespaces: { is: list(name, 'an array of namespaces: ["media"]') },
    namespaceSelector: { is: labelSelector },
    matchLabelKeys: { is: labelKeys },
    mismatchLabelKeys: { is: labelKeys },
  },
  foreign: {
    matchLabels: `It is a part of the labelSelector: ${POD_TERM}.`,
    matchExpressions: `It is a part of the labelSelector: ${POD_TERM}.`,
    weight: 'A term that should hold has a weight, one that must does not. Remove it, or use `preferred…`.',
    podAffinityTerm: 'Terms that should hold have one, those that must are the term itself. Give what stands in it.',
  },
});

const weight = { is: whole(1, 100), required: 'It must be a whole number from 1 to 100.' };

const preferredNodes = shape<{ readonly weight: number; readonly preference: NodeTerm }>({
  of: 'A preferred term of nodes',
  like: `{ weight: 1, preference: ${NODE_TERM} }`,
  props: { weight, preference: { is: nodeTerm, required: `It must be a term of nodes: ${NODE_TERM}.` } },
});

const preferredPods = shape<{ readonly weight: number; readonly podAffinityTerm: PodTerm }>({
  of: 'A preferred term of pods',
  like: `{ weight: 100, podAffinityTerm: ${POD_TERM} }`,
  props: { weight, podAffinityTerm: { is: podTerm, required: `It must be a term of pods: ${POD_TERM}.` } },
});

const nodeTerms: Kind<NodeTerm[]> = refined(list(nodeTerm, `an array of terms: [${NODE_TERM}]`), (terms, at) => {
  if (terms.length === 0) throw at.refusal(terms, `It must have at least one term: [${NODE_TERM}].`);
});

const requiredNodes = shape<{ readonly nodeSelectorTerms: NodeTerm[] }>({
  of: 'A required nodeAffinity',
  like: `{ nodeSelectorTerms: [${NODE_TERM}] }`,
  props: {
    nodeSelectorTerms: { is: nodeTerms, required: `It must be an array of terms: [${NODE_TERM}].` },
  },
});

function terms<R, P>(of: string, required: Kind<R>, preferred: Kind<P>, like: string): Shape<Terms<R, P>> {
  const longName = 'Kubernetes has longer names: requiredDuringSchedulingIgnoredDuringExecution, and preferred….';
  return shape<Terms<R, P>>({
    of,
    like: `{ requiredDuringSchedulingIgnoredDuringExecution: ${like} }`,
    props: {
      requiredDuringSchedulingIgnoredDuringExecution: { is: required },
      preferredDuringSchedulingIgnoredDuringExecution: { is: list(preferred, 'an array of terms with weights') },
    } as Table<Terms<R, P>>,
    foreign: { required: longName, preferred: longName, requiredDuringScheduling: longName },
  });
}

const podTerms = list(podTerm, `an array of terms: [${POD_TERM}]`);

interface Affinity {
  readonly nodeAffinity?: Terms<{ readonly nodeSelectorTerms: NodeTerm[] }, Manifest>;
  readonly podAffinity?: Terms<PodTerm[], Manifest>;
  readonly podAntiAffinity?: Terms<PodTerm[], Manifest>;
}

/** The affinity of a pod to nodes and to other pods. */
export const affinity: Shape<Affinity> = shape<Affinity>({
  of: 'affinity',
  like: `{ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname" }] } }`,
  props: {
    nodeAffinity: {
      is: terms('nodeAffinity', requiredNodes, preferredNodes, `{ nodeSelectorTerms: [${NODE_TERM}] }`) as never,
    },
    podAffinity: { is: terms('podAffinity', podTerms, preferredPods, `[${POD_TERM}]`) as never },
    podAntiAffinity: { is: terms('podAntiAffinity', podTerms, preferredPods, `[${POD_TERM}]`) as never },
  },
});
