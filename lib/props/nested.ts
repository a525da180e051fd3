import type { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { ENV } from '../../worker/contract';
import { unlessSecret } from '../invalid-prop';
import { DOTTED_NAME, KEY, VARIABLE_NAME } from '../kubernetes/kubernetes-syntax';
import type { Toleration } from '../kubernetes/placement';
import { inMebibytes, inMillis, sizeText } from '../kubernetes/quantity';
import { type Manifest, VOLUME_TYPES } from '../kubernetes/restricted-pod';
import type { RedisStore } from '../store/redis-store';
import { type At, isAbsent, isRecord, type Kind, kind, list, map, refined } from './kind';
import { cpu, flag, isText, labelValue, name, seconds, size, word } from './kinds';
import { type Shape, shape } from './shape';

// What props are made of. Values of classes are taken by what they hold, as another copy of cdk8s may have made them.

const isSyntax = (given: unknown, test: (text: string) => boolean) => typeof given === 'string' && test(given);

/** A resource of cdk8s-plus, of which only the name is used. */
function resource<T>(type: string, example: string): Kind<T> {
  return kind((given) => isResource(given, type), `It must be a ${type}: ${example}.`);
}

function isResource(given: unknown, type: string): boolean {
  return isRecord(given) && isSyntax(given.name, DOTTED_NAME.test) && (given.kind === undefined || given.kind === type);
}

const secret = resource<kplus.ISecret>('Secret', 'kplus.Secret.fromSecretName(chart, "registry", "regcred")');

export const pullSecrets = list(
  secret,
  'an array of Secrets: [kplus.Secret.fromSecretName(chart, "registry", "regcred")]',
);

export const serviceAccount = resource<kplus.IServiceAccount>(
  'ServiceAccount',
  'kplus.ServiceAccount.fromServiceAccountName(chart, "account", "worker")',
);

/** A key of a Secret. What else is given may be the secret itself, so no message shows it. */
export const secretValue: Kind<kplus.SecretValue> = {
  read(given, at) {
    const allowed =
      "It must refer to a Secret: { secret: kplus.Secret.fromSecretName(scope, 'credentials', 'redis'), key: 'password' }.";
    if (typeof given === 'string') throw at.refusal('a literal', allowed);
    const isReference =
      isRecord(given) &&
      isResource(given.secret, 'Secret') &&
      isSyntax(given.key, (text) => /^[-._a-zA-Z0-9]{1,253}$/.test(text)) &&
      Object.keys(given).every((name) => name === 'secret' || name === 'key' || isAbsent(given[name]));
    if (!isReference) throw at.refusal('not a key of a Secret', allowed);
    return { secret: given.secret as kplus.ISecret, key: given.key as string };
  },
};

/** Request and limit of a resource. */
function requestAndLimit<T extends object>(
  of: string,
  is: Kind<T>,
  { amount, text, example }: { amount: (value: T) => number; text: (value: T) => string; example: string },
): Shape<{ readonly request?: T; readonly limit?: T }> {
  const like = `{ request: ${example}, limit: ${example} }`;
  const itself = `It is given by request and limit: ${like}.`;
  return shape<{ readonly request?: T; readonly limit?: T }>({
    of,
    like,
    props: { request: { is }, limit: { is } },
    foreign: { amount: itself, unit: itself, requests: itself, limits: itself },
    together({ request, limit }, at) {
      if (request === undefined || limit === undefined || amount(request) <= amount(limit)) return;
      throw at
        .prop('request')
        .refusal(text(request), `It must not exceed the limit, ${text(limit)}. Lower it, or raise the limit.`);
    },
  });
}

const sizes = (of: string) =>
  requestAndLimit<Size>(of, size(), { amount: inMebibytes, text: sizeText, example: 'Size.mebibytes(512)' });

const BY_RESOURCE =
  'Kubernetes groups by requests and limits, this prop by resource: ' +
  '{ cpu: { request: kplus.Cpu.millis(500) }, memory: { request: Size.mebibytes(256), limit: Size.mebibytes(512) } }.';

export const resources: Shape<kplus.ContainerResources> = shape<kplus.ContainerResources>({
  of: 'resources',
  like: '{ cpu: { request: kplus.Cpu.millis(500) }, memory: { limit: Size.mebibytes(512) } }',
  props: {
    cpu: {
      is: requestAndLimit<kplus.Cpu>('cpu', cpu, {
        amount: inMillis,
        text: ({ amount }) => amount,
        example: 'kplus.Cpu.millis(500)',
      }),
    },
    memory: { is: sizes('memory') },
    ephemeralStorage: { is: sizes('ephemeralStorage') },
  },
  foreign: { requests: BY_RESOURCE, limits: BY_RESOURCE },
});

const key: Kind<string> = kind((given) => given === '' || isSyntax(given, KEY.test), KEY.allowed);

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const toleration: Shape<Toleration> = shape<Toleration>({
  of: 'A toleration',
  like: '{ key: "gpu", operator: "Exists", effect: "NoSchedule" }',
  props: {
    key: { is: key },
    operator: { is: word(['Equal', 'Exists'], 'It must be "Equal" or "Exists".') },
    value: { is: labelValue },
    effect: { is: word(EFFECTS, 'It must be "NoSchedule", "PreferNoSchedule" or "NoExecute".') },
    tolerationPeriod: { is: seconds(0) },
  },
  foreign: {
    tolerationSeconds: 'Here it is a Duration: tolerationPeriod: Duration.seconds(30).',
  },
  together({ key, operator, value, effect, tolerationPeriod }, at) {
    if (operator === 'Exists' && value !== undefined) {
      throw at.prop('value').refusal(value, 'The operator "Exists" takes none; remove it or use "Equal".');
    }
    if (!key && operator !== 'Exists') {
      throw at.prop('operator').refusal(operator, 'Without a key it must be "Exists".');
    }
    if (tolerationPeriod !== undefined && effect !== 'NoExecute') {
      throw at.prop('effect').refusal(effect, 'A tolerationPeriod needs "NoExecute".');
    }
  },
});

export const tolerations = list(
  toleration,
  'an array of tolerations: [{ key: "gpu", operator: "Exists", effect: "NoSchedule" }]',
);

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
      'The construct sets it: REDIS_…, by which workers find the store, and all of WORK_QUEUE_…. ' +
        'Use the prop for it (concurrency, lease, redis …), or another name.',
    );
  },
  "an object of variables by name: { BUCKET: kplus.EnvValue.fromValue('fruit') }",
  (at, name) => at.prop(name),
);

const VOLUME_EXAMPLE = '{ path: "/cache", volume: kplus.Volume.fromEmptyDir(chart, "cache", "cache") }';

/** What Kubernetes gets of a volume of cdk8s-plus. */
export function volumeManifest(volume: kplus.Volume): Manifest {
  return kplus.k8s.toJson_Volume(volume._toKube()) as Manifest;
}

const RESERVED_VOLUMES = ['gate', 'redis-ca', 'seal', 'bundle', 'bundle-script', 'bundle-scratch'];

const volume: Kind<kplus.Volume> = refined(
  kind<kplus.Volume>(
    (given) =>
      typeof (given as { _toKube?: unknown } | null)?._toKube === 'function' && !!(given as { name?: unknown }).name,
    'It must be a kplus.Volume: kplus.Volume.fromEmptyDir(chart, "cache", "cache"), ' +
      'or kplus.Volume.fromPersistentVolumeClaim(chart, "data", claim).',
  ),
  (value, at) => {
    const manifest = volumeManifest(value);
    name.read(value.name, at.prop('name'));
    const type = Object.keys(manifest).find((field) => field !== 'name' && manifest[field] !== undefined) ?? 'nothing';
    if (!VOLUME_TYPES.includes(type)) {
      throw at.refusal(
        type,
        `Pod Security "restricted" refuses such volumes; it allows ${VOLUME_TYPES.join(', ')}. ` +
          'Put a PersistentVolumeClaim in front of it, or add it by a JSON patch on a cluster without Pod Security.',
      );
    }
    if (RESERVED_VOLUMES.includes(value.name)) {
      throw at.prop('name').refusal(value.name, 'The construct uses it; use another name.');
    }
  },
);

/** A path below the root of a volume. */
const pathInVolume: Kind<string> = kind(
  (given) => isText(given) && given !== '' && !given.startsWith('/') && !given.split('/').includes('..'),
  'It must be a path in the volume, relative to its root and without "..": "data/cache".',
);

const MOUNT_PATH = 'Where it is mounted is its `path`, and what is mounted a `volume`: ';

export const volumeMount: Shape<kplus.VolumeMount> = shape<kplus.VolumeMount>({
  of: 'A mounted volume',
  like: VOLUME_EXAMPLE,
  props: {
    path: {
      is: kind(
        (given) => isText(given) && given.startsWith('/') && !given.includes(':') && /[^/]/.test(given),
        'It must be an absolute path without colons, below the root: "/cache".',
      ),
      required: `Say where it is mounted: ${VOLUME_EXAMPLE}.`,
    },
    volume: { is: volume, required: `Say what is mounted: ${VOLUME_EXAMPLE}.` },
    readOnly: { is: flag },
    propagation: {
      is: word(
        [kplus.MountPropagation.NONE, kplus.MountPropagation.HOST_TO_CONTAINER],
        'It must be kplus.MountPropagation.NONE or .HOST_TO_CONTAINER; Kubernetes leaves the other to privileged pods.',
      ),
    },
    subPath: { is: pathInVolume, notWith: { subPathExpr: 'It is given beside `subPathExpr`. Use one of them.' } },
    subPathExpr: { is: pathInVolume },
  },
  foreign: {
    mountPath: `${MOUNT_PATH}${VOLUME_EXAMPLE}.`,
    name: `${MOUNT_PATH}${VOLUME_EXAMPLE}.`,
    ...Object.fromEntries(
      [...VOLUME_TYPES, 'hostPath', 'nfs', 'node'].map((type) => [type, `${MOUNT_PATH}${VOLUME_EXAMPLE}.`]),
    ),
  },
});

/** Volumes, each with where it is mounted. */
export const volumes: Kind<kplus.VolumeMount[]> = refined(
  list(volumeMount, `an array of mounted volumes: [${VOLUME_EXAMPLE}]`),
  (mounts, at) => {
    const paths = new Map<string, string>();
    const manifests = new Map<string, string>();
    mounts.forEach(({ path, volume }, index) => {
      const here = at.element(index);
      refuseTakenPath(path, paths, here);
      paths.set(mountPoint(path), here.name);
      const manifest = JSON.stringify(volumeManifest(volume));
      if ((manifests.get(volume.name) ?? manifest) !== manifest) {
        throw here
          .prop('volume.name')
          .refusal(
            volume.name,
            'Another volume has that name, and a pod can have only one of that name. Rename one of them.',
          );
      }
      manifests.set(volume.name, manifest);
    });
  },
);

/** Where a path leads: a slash at its end changes nothing. */
export function mountPoint(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

/** Refuses the path of a mount that something else has. */
export function refuseTakenPath(path: string, taken: ReadonlyMap<string, string>, at: At) {
  const other = taken.get(mountPoint(path));
  if (other) throw at.prop('path').refusal(path, `It is the path of ${other} too; mount it elsewhere.`);
}

/** A store, made by RedisStore. */
export const redisStore: Kind<RedisStore> = kind((given) => {
  if (!isRecord(given)) return false;
  const { host, port, url, image, tls, serviceLinks, clientLabels } = given as unknown as RedisStore;
  return (
    [host, url, image].every((text) => typeof text === 'string') &&
    [tls, serviceLinks].every((flag) => typeof flag === 'boolean') &&
    typeof port === 'number' &&
    isRecord(clientLabels)
  );
}, 'It must be a RedisStore: RedisStore.external(chart, "redis", { host: "redis.example.com" }), or .pod, or .persistent.');
