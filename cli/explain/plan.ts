import { DEFAULTS, ENV } from '../../worker/contract';
import { labelsOfPods, onlyFill, variablesOf } from '../containers';
import { type Indexes, indexesOf } from './indexes';
import type { Container, FailureRule, Manifest, PodSpec, WorkloadSpec } from './manifest';
import { type Scaler, scalerOf } from './scaler';
import { jobOfRun, type Schedule, scheduleOf } from './schedule';
import { choosesNodes, type SpotChoice, spotChoice } from './spot-nodes';
import { hasPassword, type StoreAddress, storeAddress } from './store-address';

/** Workers of one queue, with what fills it and where it is kept. */
export interface Plan {
  readonly kind: string;
  readonly name: string;
  readonly workers: number;
  /** What sets another number of workers while they run. */
  readonly scaler: Scaler | undefined;
  /** Whether the manifest says how many there are. */
  readonly counted: boolean;
  /** Of a CronJob; undefined for all else. */
  readonly schedule: Schedule | undefined;
  readonly image: string;
  /** The code comes with the manifests. */
  readonly bundled: boolean;
  /** What of this package stands between the image and the queue: the work agent, or what runs a command for each item. */
  readonly between: 'agent' | 'command' | undefined;
  readonly queue: string;
  readonly concurrency: number;
  readonly maxAttempts: number;
  /** ms; 0 is no limit. */
  readonly itemTimeout: number;
  /** Items that all workers together may start in so many ms; undefined: no limit. */
  readonly rate: { readonly items: number; readonly per: number } | undefined;
  /** ms. */
  readonly lease: number;
  /** ms; 0 is forever. */
  readonly startTimeout: number;
  /** ms. */
  readonly settle: number;
  readonly tolerateDeadLetters: boolean;
  readonly failFast: boolean;
  readonly endless: boolean;
  readonly batch: string | undefined;
  readonly gated: boolean;
  readonly completions: number | undefined;
  /** undefined: the pods have none. */
  readonly indexes: Indexes | undefined;
  readonly backoffLimit: number;
  readonly activeDeadline: number | undefined;
  readonly ttlAfterFinished: number | undefined;
  readonly suspend: boolean;
  readonly restartPolicy: string;
  /** Seconds that a pod has to end after SIGTERM. */
  readonly gracePeriod: number;
  /** The spot nodes that the workers run on. */
  readonly spot: SpotChoice | undefined;
  /** Annotations of the pods. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The queue of Kueue that the Job waits in. */
  readonly localQueue: string | undefined;
  /** Rules of the podFailurePolicy that the worker's container can match. */
  readonly rules: readonly FailureRule[];
  readonly fill: Fill | undefined;
  /** What is drained before the queue is filled, or before its workers start. */
  readonly after: After | undefined;
  readonly store: Store;
  /** Variables with values that a worker refuses; above, their defaults stand for them. */
  readonly refused: readonly string[];
}

export interface Fill {
  /** The pods of the workers, in init containers, or a Job of its own. */
  readonly by: 'pods' | 'Job';
  /** Name of that Job. */
  readonly job: string;
  /** Whether the pod of index 0 fills and the others wait for it. */
  readonly inTurn: boolean;
  /** How many items are in the manifests; undefined where a program brings them. */
  readonly items: number | undefined;
  /** Image of that program. */
  readonly image: string;
  readonly batch: string | undefined;
  readonly localQueue: string | undefined;
}

/** What waits for other queues, and for which. */
export interface After {
  readonly waits: 'fill' | 'workers';
  readonly queues: readonly { readonly name: string; readonly tolerateDeadLetters: boolean }[];
}

/** Where the queue is kept. */
export interface Store extends StoreAddress {
  readonly password: boolean;
  /** The server, where it is among the manifests. */
  readonly server: Server | undefined;
}

export interface Server {
  readonly kind: string;
  readonly name: string;
  readonly image: string;
  readonly data: 'emptyDir' | 'claim' | 'none';
  readonly storage: string | undefined;
  readonly appendOnly: boolean;
  readonly maxmemory: string | undefined;
  readonly evictionPolicy: string | undefined;
  /** Whether a NetworkPolicy says who reaches it. */
  readonly networkPolicy: boolean;
  /** How many others those policies let in, beside the pods with a label. */
  readonly furtherPeers: number;
  readonly spot: SpotChoice | undefined;
  /** Whether it asks for nodes by anything that may tell spot nodes from others. */
  readonly choosesNodes: boolean;
}

const LOCAL_QUEUE = 'kueue.x-k8s.io/queue-name';

const WORKLOADS = ['Job', 'CronJob', 'Deployment', 'ReplicaSet', 'StatefulSet', 'Pod'];

/** The workers among the objects, each with what belongs to it. */
export function findPlans(objects: readonly Manifest[]): Plan[] {
  return objects
    .filter((object) => queueOf(object) !== undefined && !isFill(object))
    .map((object) => planOf(object, objects));
}

function planOf(object: Manifest, objects: readonly Manifest[]): Plan {
  const spec = specOf(object);
  const pod = podOf(object);
  const container = workerOf(object) as Container;
  const env = envOf(container, object);
  const mounts = (volume: string) => (container.volumeMounts ?? []).some(({ name }) => name === volume);
  const between = mounts('work-queue') ? (container.name === 'agent' ? 'agent' : 'command') : undefined;
  const refused: string[] = [];
  const number = (name: string, fallback: number) => {
    const value = env.get(name);
    if (!value) return fallback;
    if (/^\d+$/.test(value)) return Number(value);
    refused.push(`${name} is ${JSON.stringify(value)}`);
    return fallback;
  };
  const queue = env.get(ENV.queue) as string;
  const batch = env.get(ENV.batch);
  const keepRuns = env.has(ENV.keep) ? number(ENV.keep, 0) : undefined;
  const leaveFrom = env.has(ENV.leaveFromIndex) ? number(ENV.leaveFromIndex, Number.POSITIVE_INFINITY) : undefined;
  return {
    kind: object.kind as string,
    name: nameOf(object),
    workers: spec.parallelism ?? spec.replicas ?? 1,
    scaler: scalerOf(object, queue, objects),
    counted: (spec.parallelism ?? spec.replicas) !== undefined,
    schedule:
      object.kind === 'CronJob'
        ? scheduleOf(object.spec ?? {}, {
            job: jobNameOf(object),
            ownQueue: queue.includes(jobNameOf(object)),
            keepRuns,
          })
        : undefined,
    image: (between === 'agent' ? programOf(pod) : container)?.image ?? '',
    bundled: mounts('bundle'),
    between,
    queue,
    concurrency: number(ENV.concurrency, DEFAULTS.concurrency),
    maxAttempts: number(ENV.maxAttempts, DEFAULTS.maxAttempts),
    itemTimeout: number(ENV.itemTimeout, DEFAULTS.itemTimeout),
    rate: rateOf(env.get(ENV.rate), refused),
    lease: number(ENV.lease, DEFAULTS.lease),
    startTimeout: number(ENV.startTimeout, DEFAULTS.startTimeout),
    settle: number(ENV.settle, DEFAULTS.settle),
    tolerateDeadLetters: env.get(ENV.tolerateDeadLetters) === 'true',
    failFast: env.get(ENV.failFast) === 'true',
    endless: env.get(ENV.endless) === 'true',
    batch,
    gated: (pod.initContainers ?? []).some(({ name }) => name === 'gate'),
    completions: spec.completions,
    indexes: isJob(object) ? indexesOf(spec, leaveFrom) : undefined,
    backoffLimit: spec.backoffLimit ?? (spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1),
    activeDeadline: spec.activeDeadlineSeconds,
    ttlAfterFinished: spec.ttlSecondsAfterFinished,
    suspend: spec.suspend ?? false,
    restartPolicy: pod.restartPolicy ?? 'Always',
    gracePeriod: pod.terminationGracePeriodSeconds ?? 30,
    spot: spotChoice(pod),
    annotations: (spec.template?.metadata ?? object.metadata)?.annotations ?? {},
    localQueue: localQueueOf(object),
    rules: (spec.podFailurePolicy?.rules ?? []).filter(
      ({ onExitCodes }) => (onExitCodes?.containerName ?? container.name) === container.name,
    ),
    fill: fillOf(queue, object, objects),
    after: afterOf(queue, object, objects),
    store: storeOf(object, container, objects),
    refused,
  };
}

function fillJobOf(queue: string, objects: readonly Manifest[]): Manifest | undefined {
  return objects.find((object) => isFill(object) && queueOf(object) === queue);
}

function fillOf(queue: string, workers: Manifest, objects: readonly Manifest[]): Fill | undefined {
  const inPods = podOf(workers).initContainers?.find(
    (container) => container.name === 'fill' && envOf(container, workers).get(ENV.queue) === queue,
  );
  const job = inPods ? workers : fillJobOf(queue, objects);
  if (!job) return undefined;
  const pod = podOf(job);
  const init = pod.initContainers ?? [];
  const first = inPods ?? init.find(({ name }) => name === 'fill');
  // What seals after it has nothing to do with items, and a fill of items seals by itself.
  const program = inPods && !init.some(({ name }) => name === 'seal') ? undefined : first;
  const container = first ?? (workerOf(job) as Container);
  const volume = inPods ? 'fill-items' : 'items';
  const sources = pod.volumes?.find(({ name }) => name === volume)?.projected?.sources ?? [];
  const maps = sources.map(({ configMap }) =>
    objects.find((each) => each.kind === 'ConfigMap' && nameOf(each) === configMap?.name),
  );
  return {
    by: inPods ? 'pods' : 'Job',
    job: nameOf(job),
    inTurn: inPods !== undefined && init.some(({ name }) => name === 'turn'),
    items: program ? undefined : maps.reduce((sum, map) => sum + itemsIn(map), 0),
    image: container.image ?? '',
    batch: envOf(container, job).get(ENV.batch),
    localQueue: localQueueOf(job),
  };
}

function afterOf(queue: string, workers: Manifest, objects: readonly Manifest[]): After | undefined {
  const fill = fillJobOf(queue, objects);
  for (const [waits, object] of [['fill', fill] as const, ['workers', workers] as const]) {
    const queues = (object ? (podOf(object).initContainers ?? []) : [])
      .filter(({ name = '' }) => /^after-\d+$/.test(name))
      .map((container) => envOf(container, object as Manifest))
      .map((env) => ({
        name: env.get(ENV.queue) ?? '(no name)',
        tolerateDeadLetters: env.get(ENV.tolerateDeadLetters) === 'true',
      }));
    if (queues.length > 0) return { waits, queues };
  }
  return undefined;
}

function itemsIn(map: Manifest | undefined): number {
  return Object.values(map?.data ?? {}).reduce((sum, json) => {
    try {
      return sum + (JSON.parse(json) as unknown[]).length;
    } catch {
      return sum;
    }
  }, 0);
}

function storeOf(object: Manifest, container: Container, objects: readonly Manifest[]): Store {
  const env = envOf(container, object);
  const url = env.get(ENV.redisUrl) ?? 'redis://redis:6379';
  const address = storeAddress(url, container);
  const [first = ''] = address.addresses;
  const labels = first.replace(/:\d+$/, '').split('.');
  const injected = /^\$\((\w+)_SERVICE_HOST\)/.exec(first)?.[1];
  const serviceNamed = (host: string | undefined, namespace: string | undefined) =>
    objects.find(
      (each) =>
        each.kind === 'Service' &&
        (injected === undefined
          ? nameOf(each) === host
          : nameOf(each).toUpperCase().replaceAll('-', '_') === injected) &&
        sameNamespace(each, object, injected === undefined ? namespace : undefined),
    );
  // The name of a pod stands before that of its Service.
  const service = serviceNamed(labels[0], labels[1]) ?? serviceNamed(labels[1], labels[2]);
  const selector = service?.spec?.selector;
  const workload =
    selector && objects.find((each) => isWorkload(each) && matches(selector, labelsOf(each)) && !queueOf(each));
  return {
    ...address,
    ...(service &&
      injected !== undefined && { addresses: [`${nameOf(service)}:${service.spec?.ports?.[0]?.port ?? 6379}`] }),
    password: hasPassword(container),
    server: workload && serverOf(workload, objects),
  };
}

function serverOf(workload: Manifest, objects: readonly Manifest[]): Server {
  const pod = podOf(workload);
  const container = pod.containers?.[0];
  const args = [...(container?.command ?? []), ...(container?.args ?? [])];
  const option = (name: string) => {
    const at = args.indexOf(`--${name}`);
    return at === -1 ? undefined : args[at + 1];
  };
  const policies = objects.filter(
    ({ kind, spec }) =>
      kind === 'NetworkPolicy' &&
      (spec?.policyTypes ?? ['Ingress']).includes('Ingress') &&
      !spec?.podSelector?.matchExpressions &&
      matches(spec?.podSelector?.matchLabels ?? {}, labelsOf(workload)),
  );
  const claim = workload.spec?.volumeClaimTemplates?.[0];
  const hasClaim =
    claim || pod.volumes?.some(({ persistentVolumeClaim, hostPath }) => persistentVolumeClaim || hostPath);
  return {
    kind: workload.kind as string,
    name: nameOf(workload),
    image: container?.image ?? '',
    data: hasClaim ? 'claim' : pod.volumes?.some(({ emptyDir }) => emptyDir) ? 'emptyDir' : 'none',
    storage: claim?.spec?.resources?.requests?.storage,
    appendOnly: option('appendonly') === 'yes',
    maxmemory: option('maxmemory'),
    evictionPolicy: option('maxmemory-policy'),
    networkPolicy: policies.length > 0,
    furtherPeers: Math.max(
      0,
      policies.flatMap(({ spec }) => spec?.ingress ?? []).flatMap(({ from }) => from ?? []).length - 1,
    ),
    spot: spotChoice(pod),
    choosesNodes: choosesNodes(pod),
  };
}

function rateOf(value: string | undefined, refused: string[]): Plan['rate'] {
  if (!value) return undefined;
  const [, items, per] = (/^([1-9]\d*)\/([1-9]\d*)$/.exec(value) ?? []).map(Number);
  if (items && per) return { items, per };
  refused.push(`${ENV.rate} is ${JSON.stringify(value)} and not ITEMS/MS`);
  return undefined;
}

function isFill(object: Manifest): boolean {
  return object.kind === 'Job' && onlyFill(podOf(object).containers ?? []);
}

/** Whether it is a Job, or makes Jobs. */
function isJob({ kind }: Manifest): boolean {
  return kind === 'Job' || kind === 'CronJob';
}

function isWorkload({ kind }: Manifest): boolean {
  return WORKLOADS.includes(kind ?? '');
}

function queueOf(object: Manifest): string | undefined {
  const container = isWorkload(object) ? workerOf(object) : undefined;
  return container && envOf(container, object).get(ENV.queue);
}

function workerOf(object: Manifest): Container | undefined {
  return podOf(object).containers?.find((container) => envOf(container, object).has(ENV.queue));
}

/** The program that an agent works for. */
function programOf({ initContainers = [] }: PodSpec): Container | undefined {
  return initContainers.find(({ name }) => name === 'worker');
}

function podOf(object: Manifest): PodSpec {
  return specOf(object).template?.spec ?? object.spec ?? {};
}

/** The spec of a workload; of a CronJob, that of its Jobs. */
function specOf({ spec = {} }: Manifest): WorkloadSpec {
  return spec.jobTemplate?.spec ?? spec;
}

function jobNameOf(object: Manifest): string {
  return object.kind === 'CronJob' ? jobOfRun(nameOf(object)) : nameOf(object);
}

/** The queue of Kueue that a Job waits in. */
function localQueueOf({ metadata, spec }: Manifest): string | undefined {
  return (spec?.jobTemplate?.metadata ?? metadata)?.labels?.[LOCAL_QUEUE];
}

function labelsOf(object: Manifest): Readonly<Record<string, string>> {
  return specOf(object).template?.metadata?.labels ?? object.metadata?.labels ?? {};
}

function matches(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

function sameNamespace(service: Manifest, object: Manifest, named: string | undefined): boolean {
  return (named ?? object.metadata?.namespace ?? 'default') === (service.metadata?.namespace ?? 'default');
}

/** The variables of a container of this workload. */
function envOf(container: Container, object: Manifest): ReadonlyMap<string, string> {
  const labels = labelsOf(object);
  return variablesOf(container, isJob(object) ? labelsOfPods(jobNameOf(object), labels) : labels);
}

function nameOf({ metadata }: Manifest): string {
  return metadata?.name ?? '(no name)';
}
