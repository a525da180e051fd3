import { KEY, type LabelSelector, type LabelSelectorRequirement } from '../kubernetes';
import { list } from './kind';
import { labels, labelValue, string, word } from './kinds';
import { type Shape, shape } from './shape';

const EXPRESSION = '{ key: "team", operator: "In", values: ["media"] }';

const requirement: Shape<LabelSelectorRequirement> = shape<LabelSelectorRequirement>({
  of: 'A requirement',
  like: EXPRESSION,
  props: {
    key: { is: string(KEY), required: `It must be the key of a label: ${EXPRESSION}.` },
    operator: {
      is: word(['In', 'NotIn', 'Exists', 'DoesNotExist'], 'It must be "In", "NotIn", "Exists" or "DoesNotExist".'),
      required: 'It must be "In", "NotIn", "Exists" or "DoesNotExist".',
    },
    values: { is: list(labelValue, 'an array of strings: ["media", "web"]') },
  },
  foreign: { value: 'They are `values`, an array: ["media"].' },
  together({ operator, values = [] }, at) {
    const takesValues = operator === 'In' || operator === 'NotIn';
    if (takesValues === values.length > 0) return;
    throw at
      .prop('values')
      .refusal(
        values,
        takesValues ? `"${operator}" needs at least one: ${EXPRESSION}.` : `"${operator}" takes none. Remove them.`,
      );
  },
});

/** Which objects are meant, by their labels. */
export const labelSelector: Shape<LabelSelector> = shape<LabelSelector>({
  of: 'A label selector',
  like: '{ matchLabels: { team: "media" } }',
  props: {
    matchLabels: { is: labels },
    matchExpressions: { is: list(requirement, `an array of requirements: [${EXPRESSION}]`) },
  },
});
