import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Manifest } from '../kubernetes';
import { isRecord } from '../props';
import type { ClientContainer, ClientPod } from './client-pod';
import { manifestPod } from './manifest-pod';

// Workloads of cdk8s-plus, of any version, known by what they have.

interface PlusVolume {
  readonly name: string;
  asVolume(): PlusVolume;
  _toKube(): object;
}

interface PlusContainer {
  readonly name: string;
  readonly env: {
    readonly variables: { readonly [name: string]: object };
    addVariable(name: string, value: object): void;
  };
  readonly mounts: readonly { readonly path: string; readonly volume: PlusVolume }[];
  mount(path: string, storage: PlusVolume, options: { readonly readOnly: boolean }): void;
}

/** A Pod, or what has a template of one: a Deployment, a StatefulSet, a DaemonSet, a Job, a CronJob. */
interface PlusWorkload extends IConstruct {
  readonly containers: readonly PlusContainer[];
  readonly initContainers?: readonly PlusContainer[];
  readonly volumes?: readonly PlusVolume[];
  readonly enableServiceLinks?: boolean;
  readonly metadata?: { readonly namespace?: string };
  readonly podMetadata: { getLabel(key: string): string | undefined; addLabel(key: string, value: string): void };
}

/** Whether pods are made of it by cdk8s-plus. */
export function isPlusWorkload(given: unknown): given is PlusWorkload {
  if (!isRecord(given) || !Array.isArray(given.containers) || !isRecord(given.podMetadata)) return false;
  return typeof given.podMetadata.addLabel === 'function' && given.containers.every(isPlusContainer);
}

function isPlusContainer(given: unknown): given is PlusContainer {
  if (!isRecord(given) || !isRecord(given.env)) return false;
  return typeof given.env.addVariable === 'function' && typeof given.mount === 'function';
}

/** The pod of a workload of cdk8s-plus. */
export function plusPod(workload: PlusWorkload): ClientPod {
  const all = [...workload.containers, ...(workload.initContainers ?? [])];
  const volumeNamed = (name: string) =>
    [...(workload.volumes ?? []), ...all.flatMap(({ mounts }) => mounts.map(({ volume }) => volume))].find(
      (volume) => volume.name === name,
    );
  return {
    containers: all.map((container) => plusContainer(container, !workload.containers.includes(container))),
    serviceLinks: workload.enableServiceLinks,
    namespace: workload.metadata?.namespace,
    label: (key) => workload.podMetadata.getLabel(key),
    volume: (name) => volumeNamed(name)?._toKube() as Manifest | undefined,
    give({ labels, variables, volumes, mounts }, containers) {
      for (const [key, value] of Object.entries(labels)) workload.podMetadata.addLabel(key, value);
      // cdk8s-plus takes two volumes of one name for a mistake, even if they are the same.
      const shared = new Map(
        volumes.map((volume) => [volume.name, volumeNamed(String(volume.name)) ?? plusVolume(volume)]),
      );
      for (const container of all.filter(({ name }) => containers.includes(name))) {
        for (const { name, value, valueFrom } of variables) {
          container.env.addVariable(String(name), { value, valueFrom });
        }
        for (const { name, mountPath } of mounts) {
          if (container.mounts.some(({ path }) => path === mountPath)) continue;
          container.mount(String(mountPath), shared.get(name) as PlusVolume, { readOnly: true });
        }
      }
      if (volumes.length > 0) addWhatIsDropped(workload, volumes);
    },
  };
}

/** From cdk8s-plus-32 on, a StatefulSet without claim templates renders no volumes (cdk8s#2858). */
function addWhatIsDropped({ node }: PlusWorkload, volumes: readonly Manifest[]) {
  const object = node.defaultChild;
  if (!ApiObject.isApiObject(object)) return;
  manifestPod(object)?.give({ labels: {}, variables: [], mounts: [], volumes }, []);
}

function plusContainer(container: PlusContainer, isInit: boolean): ClientContainer {
  return {
    name: container.name,
    isInit,
    variable: (name) => {
      const value = container.env.variables[name];
      return value && { name, ...value };
    },
    volumeAt: (path) => container.mounts.find((mount) => mount.path === path)?.volume.name,
  };
}

function plusVolume(manifest: Manifest): PlusVolume {
  const volume: PlusVolume = { name: String(manifest.name), asVolume: () => volume, _toKube: () => manifest };
  return volume;
}
