import { type ApiObject, JsonPatch } from 'cdk8s';
import type { Manifest } from '../kubernetes';
import { isAbsent, isRecord } from '../props';
import type { ClientPod } from './client-pod';

/** Where an object has its pod: a Pod itself, a Deployment and its like, a CronJob, a ScaledJob of KEDA. */
const PLACES: readonly string[] = [
  '',
  '/spec/template',
  '/spec/jobTemplate/spec/template',
  '/spec/jobTargetRef/template',
];

interface Container {
  readonly name: string;
  readonly env?: readonly Manifest[];
  readonly volumeMounts?: readonly Manifest[];
}

interface Pod {
  readonly metadata?: { readonly labels?: { readonly [key: string]: string } };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly Manifest[];
    readonly enableServiceLinks?: boolean;
  };
}

/** The first list of the pod of an object that is none, or that holds what has no name; undefined if it has none. */
export function brokenList(object: ApiObject): string | undefined {
  const manifest = object.toJson();
  const place = placeOf(manifest);
  if (place === undefined) return undefined;
  const spec = at(manifest, `${place}/spec`) as Manifest;
  const isBroken = (list: unknown, key: string) =>
    !isAbsent(list) && !(Array.isArray(list) && list.every((each) => isRecord(each) && typeof each[key] === 'string'));
  for (const name of ['containers', 'initContainers', 'volumes']) if (isBroken(spec[name], 'name')) return name;
  const containers = [spec.containers, spec.initContainers ?? []].flat() as Manifest[];
  if (containers.some(({ env }) => isBroken(env, 'name'))) return 'env';
  if (containers.some(({ volumeMounts }) => isBroken(volumeMounts, 'mountPath'))) return 'volumeMounts';
  return undefined;
}

function placeOf(manifest: unknown): string | undefined {
  return PLACES.find((path) => Array.isArray((at(manifest, path) as Pod | undefined)?.spec?.containers));
}

/** The pod of an object that is a manifest, changed by JSON patches; undefined if it has none. */
export function manifestPod(object: ApiObject): ClientPod | undefined {
  const manifest = object.toJson();
  const place = placeOf(manifest);
  if (place === undefined) return undefined;
  const { metadata, spec } = at(manifest, place) as Pod;
  const containers = [
    ...spec.containers.map((container, index) => ({ container, path: `${place}/spec/containers/${index}` })),
    ...(spec.initContainers ?? []).map((container, index) => ({
      container,
      path: `${place}/spec/initContainers/${index}`,
    })),
  ];
  return {
    containers: containers.map(({ container: { name, env = [], volumeMounts = [] }, path }) => ({
      name,
      isInit: path.includes('/initContainers/'),
      variable: (variable) => env.find((each) => each.name === variable),
      volumeAt: (mountPath) => volumeMounts.find((mount) => mount.mountPath === mountPath)?.name as string | undefined,
    })),
    serviceLinks: spec.enableServiceLinks,
    namespace: object.metadata.namespace,
    label: (key) => metadata?.labels?.[key],
    volume: (name) => spec.volumes?.find((volume) => volume.name === name),
    give(needs, names) {
      const labels = Object.entries(needs.labels).filter(([key]) => metadata?.labels?.[key] === undefined);
      object.addJsonPatch(
        ...(labels.length > 0 && !metadata ? [JsonPatch.add(`${place}/metadata`, {})] : []),
        ...(labels.length > 0 && !metadata?.labels ? [JsonPatch.add(`${place}/metadata/labels`, {})] : []),
        ...labels.map(([key, value]) => JsonPatch.add(`${place}/metadata/labels/${escaped(key)}`, value)),
        ...additions(`${place}/spec/volumes`, spec.volumes, needs.volumes, 'name'),
        ...containers
          .filter(({ container }) => names.includes(container.name))
          .flatMap(({ container: { env, volumeMounts }, path }) => [
            ...additions(`${path}/env`, env, needs.variables, 'name'),
            ...additions(`${path}/volumeMounts`, volumeMounts, needs.mounts, 'mountPath'),
          ]),
      );
    },
  };
}

/** Patches that add to a list what is not in it, or make the list. */
function additions(path: string, list: readonly Manifest[] | undefined, needed: readonly Manifest[], key: string) {
  const missing = needed.filter((each) => !list?.some((other) => other[key] === each[key]));
  if (missing.length === 0) return [];
  if (!list) return [JsonPatch.add(path, missing)];
  return missing.map((each) => JsonPatch.add(`${path}/-`, each));
}

function at(manifest: unknown, path: string): unknown {
  const names = path.split('/').slice(1);
  return names.reduce((value, name) => (value as Manifest | undefined)?.[name], manifest);
}

/** A key as a JSON pointer has it. */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
