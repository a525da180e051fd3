import { ENV } from '../../worker/contract';
import { unlessSecret } from '../invalid-prop';
import { DOTTED_NAME, type EnvValue, VARIABLE_NAME } from '../kubernetes';
import { type At, isAbsent, isRecord, type Kind, map } from './kind';
import { isText } from './kinds';
import { raw } from './raw';

/** Where a value may come from: the fields that say so, and those that may be there too. */
const REFERENCES: {
  readonly [source: string]: {
    readonly needed: readonly string[];
    readonly more: readonly string[];
    readonly like: string;
  };
} = {
  configMapKeyRef: { needed: ['name', 'key'], more: ['optional'], like: '{ name: "settings", key: "model" }' },
  secretKeyRef: { needed: ['name', 'key'], more: ['optional'], like: '{ name: "credentials", key: "token" }' },
  fieldRef: { needed: ['fieldPath'], more: ['apiVersion'], like: '{ fieldPath: "metadata.name" }' },
  resourceFieldRef: {
    needed: ['resource'],
    more: ['containerName', 'divisor'],
    like: '{ resource: "limits.memory" }',
  },
};

const POD_FIELD =
  /^(metadata\.(name|namespace|uid|(labels|annotations)\['[^']+'\])|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?))$/;

/** What is wrong with a field of a reference, and how to mend it; nothing where it is right. */
const FIELDS: { readonly [field: string]: (value: unknown) => string | undefined } = {
  name: (value) => (DOTTED_NAME.test(value as string) ? undefined : DOTTED_NAME.allowed),
  key: (value) =>
    /^[-._a-zA-Z0-9]{1,253}$/.test(value as string) ? undefined : 'It must be letters, digits, and - _ . between them.',
  optional: (value) => (typeof value === 'boolean' ? undefined : 'It must be true or false, without quotes.'),
  fieldPath: (value) =>
    POD_FIELD.test(value as string)
      ? undefined
      : 'It must be "metadata.name", .namespace or .uid, "metadata.labels[\'team\']" or .annotations[…], "spec.nodeName" ' +
        'or .serviceAccountName, "status.podIP", .podIPs, .hostIP or .hostIPs.',
  resource: (value) =>
    /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(value as string)
      ? undefined
      : 'It must be the limit or the request of a resource: "limits.memory".',
};

const reference = raw("{ secretKeyRef: { name: 'credentials', key: 'token' } }");

/** A variable: plain text, as any version of cdk8s-plus makes it, or as Kubernetes has it. */
const envValue: Kind<EnvValue> = {
  read(given, at) {
    const allowed = (example = 'fromSecretValue({ secret, key })') =>
      `It must be text, a number, true or false, or a kplus.EnvValue: kplus.EnvValue.${example}.`;
    if (isPlain(given)) return { value: String(given) };
    if (!isRecord(given)) throw at.refusal(unlessSecret(at.name, given), allowed());
    if ('secret' in given && 'key' in given) {
      throw at.refusal('a key of a Secret', allowed());
    }
    const bare = Object.keys(given).find((name) => Object.hasOwn(REFERENCES, name));
    if (bare) {
      throw at.refusal(given, `It is under \`valueFrom\`: { valueFrom: { ${bare}: ${REFERENCES[bare]?.like} } }.`);
    }
    const foreign = Object.keys(given).find((name) => !['value', 'valueFrom'].includes(name));
    if (foreign !== undefined || !('value' in given || 'valueFrom' in given)) throw at.refusal(given, allowed());
    const value = given.value ?? undefined;
    if (isAbsent(given.valueFrom)) {
      // EnvValue.fromProcess has none where the variable is not set here; such a variable is empty in the pod.
      if (value === undefined || isPlain(value)) {
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
    for (const [field, value] of Object.entries(referred)) {
      const allowed = FIELDS[field]?.(value);
      if (allowed !== undefined)
        throw at
          .prop('valueFrom')
          .prop(source?.[0] as string)
          .prop(field)
          .refusal(value, allowed);
    }
    return { valueFrom };
  },
};

function isPlain(given: unknown): given is string | number | boolean {
  return isText(given) || typeof given === 'boolean' || Number.isFinite(given);
}

const CONTRACT: readonly string[] = Object.values(ENV);

/** Variables by name, of which some names may be refused. */
function variables(
  refuse: (name: string, at: At) => void,
): Kind<{ [name: string]: string | number | boolean | EnvValue }> {
  return map(
    envValue,
    (name, at) => {
      const here = at.as(`a name in ${at.name}`);
      if (!VARIABLE_NAME.test(name)) throw here.refusal(name, VARIABLE_NAME.allowed);
      refuse(name, here);
    },
    'an object of variables by name: { BUCKET: "fruit" }',
    (at, name) => at.prop(name),
  );
}

/** Variables of a program. */
export const environment = variables((name, at) => {
  if (!CONTRACT.includes(name) && !name.startsWith('WORK_QUEUE_')) return;
  throw at.refusal(
    name,
    'The construct sets it, or Kubernetes does: REDIS_…, by which workers find the store, JOB_COMPLETION_INDEX, and ' +
      'all of WORK_QUEUE_…. ' +
      'Use the prop for it (concurrency, lease, redis …), or another name.',
  );
});

/** Variables of a container that the construct tells nothing. */
export const ownEnvironment = variables(() => {});
