import { KEY, type Toleration } from '../kubernetes';
import { type Kind, kind, list } from './kind';
import { labelValue, whole, word } from './kinds';
import { type Shape, shape } from './shape';

const key: Kind<string> = kind((given) => given === '' || (typeof given === 'string' && KEY.test(given)), KEY.allowed);

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const toleration: Shape<Toleration> = shape<Toleration>({
  of: 'A toleration',
  like: '{ key: "gpu", operator: "Exists", effect: "NoSchedule" }',
  props: {
    key: { is: key },
    operator: { is: word(['Equal', 'Exists'], 'It must be "Equal" or "Exists".') },
    value: { is: labelValue },
    effect: { is: word(EFFECTS, 'It must be "NoSchedule", "PreferNoSchedule" or "NoExecute".') },
    tolerationSeconds: { is: whole(0) },
  },
  foreign: {
    tolerationPeriod: 'It is a number of seconds, as in Kubernetes: tolerationSeconds: 30.',
  },
  together({ key, operator, value, effect, tolerationSeconds }, at) {
    if (operator === 'Exists' && value !== undefined) {
      const instead = key ? 'remove it or use "Equal"' : 'remove it';
      throw at.prop('value').refusal(value, `The operator "Exists" takes none; ${instead}.`);
    }
    if (!key && operator !== 'Exists') {
      const alone = value === undefined ? '' : ', without a value; or give a key';
      throw at.prop('operator').refusal(operator, `Without a key it must be "Exists"${alone}.`);
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      throw at.prop('effect').refusal(effect, 'tolerationSeconds needs "NoExecute".');
    }
  },
});

export const tolerations = list(
  toleration,
  'an array of tolerations: [{ key: "gpu", operator: "Exists", effect: "NoSchedule" }]',
);
