import type * as kplus from 'cdk8s-plus-27';
import { ENV } from '../../worker/contract';
import { unlessSecret } from '../invalid-prop';
import { VARIABLE_NAME } from '../kubernetes';
import { isAbsent, isRecord, type Kind, map } from './kind';
import { isText } from './kinds';

const REFERENCES: { readonly [source: string]: readonly string[] } = {
  configMapKeyRef: ['name', 'key'],
  secretKeyRef: ['name', 'key'],
  fieldRef: ['fieldPath'],
  resourceFieldRef: ['resource'],
};

/** A variable, as `kplus.EnvValue` makes it. */
const envValue: Kind<kplus.EnvValue> = {
  read(given, at) {
    const allowed = (example = "fromValue('…')") => `It must be a kplus.EnvValue: kplus.EnvValue.${example}.`;
    if (!isRecord(given)) throw at.refusal(unlessSecret(at.name, given), allowed());
    if ('secret' in given && 'key' in given) {
      throw at.refusal('a key of a Secret', allowed('fromSecretValue({ secret, key })'));
    }
    const foreign = Object.keys(given).find((name) => !['value', 'valueFrom'].includes(name));
    if (foreign !== undefined || !('value' in given || 'valueFrom' in given)) throw at.refusal(given, allowed());
    const value = given.value ?? undefined;
    const valueFrom = given.valueFrom ?? undefined;
    if (valueFrom === undefined) {
      // EnvValue.fromProcess has none where the variable is not set here; such a variable is empty in the pod.
      if (value === undefined || isText(value) || typeof value === 'boolean' || Number.isFinite(value)) {
        return { value: value === undefined ? undefined : String(value) } as kplus.EnvValue;
      }
      const isLazy = isRecord(value) && typeof value.produce === 'function';
      throw at.refusal(isLazy ? 'a Lazy value' : value, "A variable is text: kplus.EnvValue.fromValue('…').");
    }
    const [source, more] = Object.entries(isRecord(valueFrom) ? valueFrom : {}).filter(([, of]) => !isAbsent(of));
    const needed = REFERENCES[source?.[0] ?? ''];
    const reference = source?.[1];
    const isReference =
      needed !== undefined &&
      more === undefined &&
      value === undefined &&
      isRecord(reference) &&
      needed.every((field) => typeof reference[field] === 'string' && reference[field] !== '');
    if (!isReference) {
      throw at.refusal(
        valueFrom,
        allowed('fromSecretValue({ secret, key }), .fromConfigMap(map, key) or .fromFieldRef(…)'),
      );
    }
    return { valueFrom } as kplus.EnvValue;
  },
};

const CONTRACT: readonly string[] = Object.values(ENV);

/** Variables of a program. */
export const environment: Kind<{ [name: string]: kplus.EnvValue }> = map(
  envValue,
  (name, at) => {
    const here = at.as(`a name in ${at.name}`);
    if (!VARIABLE_NAME.test(name)) throw here.refusal(name, VARIABLE_NAME.allowed);
    if (!CONTRACT.includes(name) && !name.startsWith('WORK_QUEUE_')) return;
    throw here.refusal(
      name,
      'The construct sets it, or Kubernetes does: REDIS_…, by which workers find the store, JOB_COMPLETION_INDEX, and ' +
        'all of WORK_QUEUE_…. ' +
        'Use the prop for it (concurrency, lease, redis …), or another name.',
    );
  },
  "an object of variables by name: { BUCKET: kplus.EnvValue.fromValue('fruit') }",
  (at, name) => at.prop(name),
);
