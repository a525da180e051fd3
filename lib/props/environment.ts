import { ENV } from '../../worker/contract';
import { unlessSecret } from '../invalid-prop';
import { type EnvValue, VARIABLE_NAME } from '../kubernetes';
import { isAbsent, isRecord, type Kind, map } from './kind';
import { isText } from './kinds';
import { raw } from './raw';

/** Where a value may come from: the fields that say so, and those that may be there too. */
const REFERENCES: {
  readonly [source: string]: { readonly needed: readonly string[]; readonly more: readonly string[] };
} = {
  configMapKeyRef: { needed: ['name', 'key'], more: ['optional'] },
  secretKeyRef: { needed: ['name', 'key'], more: ['optional'] },
  fieldRef: { needed: ['fieldPath'], more: ['apiVersion'] },
  resourceFieldRef: { needed: ['resource'], more: ['containerName', 'divisor'] },
};

const reference = raw("{ secretKeyRef: { name: 'credentials', key: 'token' } }");

/** A variable, as any version of cdk8s-plus makes it, or as Kubernetes has it. */
const envValue: Kind<EnvValue> = {
  read(given, at) {
    const allowed = (example = "fromValue('…')") => `It must be a kplus.EnvValue: kplus.EnvValue.${example}.`;
    if (!isRecord(given)) throw at.refusal(unlessSecret(at.name, given), allowed());
    if ('secret' in given && 'key' in given) {
      throw at.refusal('a key of a Secret', allowed('fromSecretValue({ secret, key })'));
    }
    const foreign = Object.keys(given).find((name) => !['value', 'valueFrom'].includes(name));
    if (foreign !== undefined || !('value' in given || 'valueFrom' in given)) throw at.refusal(given, allowed());
    const value = given.value ?? undefined;
    if (isAbsent(given.valueFrom)) {
      // EnvValue.fromProcess has none where the variable is not set here; such a variable is empty in the pod.
      if (value === undefined || isText(value) || typeof value === 'boolean' || Number.isFinite(value)) {
        return { value: value === undefined ? undefined : String(value) };
      }
      const isLazy = isRecord(value) && typeof value.produce === 'function';
      throw at.refusal(isLazy ? 'a Lazy value' : value, "A variable is text: kplus.EnvValue.fromValue('…').");
    }
    const valueFrom = isRecord(given.valueFrom) ? reference.read(given.valueFrom, at) : {};
    const [source, another] = Object.entries(valueFrom);
    const fields = REFERENCES[source?.[0] ?? ''];
    const referred = source?.[1];
    const isReference =
      fields !== undefined &&
      another === undefined &&
      value === undefined &&
      isRecord(referred) &&
      fields.needed.every((field) => typeof referred[field] === 'string' && referred[field] !== '') &&
      Object.keys(referred).every((field) => [...fields.needed, ...fields.more].includes(field));
    if (!isReference) {
      throw at.refusal(
        given.valueFrom,
        allowed('fromSecretValue({ secret, key }), .fromConfigMap(map, key) or .fromFieldRef(…)'),
      );
    }
    return { valueFrom };
  },
};

const CONTRACT: readonly string[] = Object.values(ENV);

/** Variables of a program. */
export const environment: Kind<{ [name: string]: EnvValue }> = map(
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
