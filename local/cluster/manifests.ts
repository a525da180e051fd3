import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ENV } from '../../worker/contract';
import type { EnvVar } from '../kubelet';
import { expand } from '../kubelet';

/** What this demo reads of a Kubernetes object. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly parallelism?: number;
    readonly template?: { readonly spec: PodSpec };
  };
}

interface PodSpec {
  readonly containers: readonly { readonly image: string; readonly env?: readonly EnvVar[] }[];
  readonly volumes?: readonly {
    readonly name: string;
    readonly projected?: { readonly sources: readonly { readonly configMap?: { readonly name: string } }[] };
  }[];
}

/** The Job whose pods work the queue off, with what its fill Job puts in. */
export interface WorkJob {
  readonly name: string;
  readonly parallelism: number;
  readonly image: string;
  /** ConfigMaps with the bundled worker, in order. */
  readonly bundle: readonly string[];
  readonly env: readonly EnvVar[];
  readonly queue: string;
  readonly batch: string;
  readonly items: readonly string[];
}

/** All objects in the YAML files of a folder, in order. */
export function readManifests(folder: string): KubernetesObject[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as KubernetesObject);
}

/** The one Job that works a queue off, and the items that its fill Job takes from ConfigMaps. */
export function findWorkJob(objects: readonly KubernetesObject[]): WorkJob {
  const jobs = objects.filter(({ kind }) => kind === 'Job');
  const fill = jobs.find((job) => mapsIn(job, 'items').length > 0);
  const work = jobs.find((job) => job !== fill);
  if (!fill || !work) throw new Error(`Expected a Job and its fill Job, found: ${jobs.map(nameOf).join(', ')}`);

  const [container] = work.spec!.template!.spec.containers;
  return {
    name: nameOf(work),
    parallelism: work.spec?.parallelism ?? 1,
    image: container!.image,
    bundle: mapsIn(work, 'bundle'),
    env: container!.env ?? [],
    queue: valueIn(work, ENV.queue),
    batch: valueIn(fill, ENV.batch),
    items: mapsIn(fill, 'items').flatMap((name) => itemsOf(objects, name)),
  };
}

/** The ConfigMaps in a projected volume of a Job's pods, in order. */
function mapsIn(job: KubernetesObject, volumeName: string): string[] {
  const volume = job.spec?.template?.spec.volumes?.find(({ name }) => name === volumeName);
  return volume?.projected?.sources.flatMap(({ configMap }) => configMap?.name ?? []) ?? [];
}

/** Each file holds a JSON array, and is named by the offset of its first item. */
function itemsOf(objects: readonly KubernetesObject[], name: string): string[] {
  const map = objects.find((object) => object.kind === 'ConfigMap' && nameOf(object) === name);
  const files = Object.entries(map?.data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return files.flatMap(([, json]) => JSON.parse(json) as string[]);
}

function valueIn(job: KubernetesObject, variable: string): string {
  const value = job.spec?.template?.spec.containers[0]?.env?.find(({ name }) => name === variable)?.value;
  if (value === undefined) throw new Error(`Job ${nameOf(job)} does not set ${variable}.`);
  return expand(value);
}

function nameOf(object: KubernetesObject): string {
  return object.metadata.name;
}
