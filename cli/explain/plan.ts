import { expand } from '../../local/kubelet';
import { DEFAULTS, ENV } from '../../worker/contract';
import { type Indexes, indexesOf } from './indexes';
import type { Container, FailureRule, Manifest, PodSpec } from './manifest';
import { choosesNodes, type SpotChoice, spotChoice } from './spot-nodes';

/** Workers of one queue, with what fills it and where it is kept. */
export interface Plan {
  readonly kind: string;
  readonly name: string;
  /** undefined: as many as the default, one. */
  readonly workers: number;
  readonly image: string;
  /** The code comes with the manifests. */
  readonly bundled: boolean;
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
  readonly store: Store;
  /** Variables with values that a worker refuses; above, their defaults stand for them. */
  readonly refused: readonly string[];
}

export interface Fill {
  readonly job: string;
  /** How many items are in the manifests; undefined where a program brings them. */
  readonly items: number | undefined;
  /** Image of that program. */
  readonly image: string;
  readonly batch: string | undefined;
  readonly localQueue: string | undefined;
}

/** Where the queue is kept. */
export interface Store {
  readonly address: string;
  readonly tls: boolean;
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
  const spec = object.spec ?? {};
  const pod = podOf(object);
  const container = workerOf(object) as Container;
  const env = envOf(container);
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
  const leaveFrom = env.has(ENV.leaveFromIndex) ? number(ENV.leaveFromIndex, Number.POSITIVE_INFINITY) : undefined;
  return {
    kind: object.kind as string,
    name: nameOf(object),
    workers: spec.parallelism ?? spec.replicas ?? 1,
    image: container.image ?? '',
    bundled: (container.volumeMounts ?? []).some(({ name }) => name === 'bundle'),
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
    indexes: object.kind === 'Job' ? indexesOf(spec, leaveFrom) : undefined,
    backoffLimit: spec.backoffLimit ?? (spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1),
    activeDeadline: spec.activeDeadlineSeconds,
    ttlAfterFinished: spec.ttlSecondsAfterFinished,
    suspend: spec.suspend ?? false,
    restartPolicy: pod.restartPolicy ?? 'Always',
    gracePeriod: pod.terminationGracePeriodSeconds ?? 30,
    spot: spotChoice(pod),
    annotations: (spec.template?.metadata ?? object.metadata)?.annotations ?? {},
    localQueue: object.metadata?.labels?.[LOCAL_QUEUE],
    rules: (spec.podFailurePolicy?.rules ?? []).filter(
      ({ onExitCodes }) => (onExitCodes?.containerName ?? container.name) === container.name,
    ),
    fill: fillOf(queue, objects),
    store: storeOf(object, container, objects),
    refused,
  };
}

function fillOf(queue: string, objects: readonly Manifest[]): Fill | undefined {
  const job = objects.find((object) => isFill(object) && queueOf(object) === queue);
  if (!job) return undefined;
  const pod = podOf(job);
  const program = pod.initContainers?.find(({ name }) => name === 'fill');
  const container = program ?? (workerOf(job) as Container);
  const sources = pod.volumes?.find(({ name }) => name === 'items')?.projected?.sources ?? [];
  const maps = sources.map(({ configMap }) =>
    objects.find((each) => each.kind === 'ConfigMap' && nameOf(each) === configMap?.name),
  );
  return {
    job: nameOf(job),
    items: program ? undefined : maps.reduce((sum, map) => sum + itemsIn(map), 0),
    image: container.image ?? '',
    batch: envOf(container).get(ENV.batch),
    localQueue: job.metadata?.labels?.[LOCAL_QUEUE],
  };
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
  const env = envOf(container);
  const url = env.get(ENV.redisUrl) ?? 'redis://redis:6379';
  const [, scheme = 'redis', address = url] = /^(rediss?):\/\/(?:[^@/]*@)?([^/]*)/.exec(url) ?? [];
  const [host = '', namespace] = address.replace(/:\d+$/, '').split('.');
  const injected = /^\$\((\w+)_SERVICE_HOST\)/.exec(address)?.[1];
  const isNamed = (name: string) =>
    injected === undefined ? name === host : name.toUpperCase().replaceAll('-', '_') === injected;
  const service = objects.find(
    (each) =>
      each.kind === 'Service' &&
      isNamed(nameOf(each)) &&
      sameNamespace(each, object, injected === undefined ? namespace : undefined),
  );
  const selector = service?.spec?.selector;
  const workload =
    selector && objects.find((each) => isWorkload(each) && matches(selector, labelsOf(each)) && !queueOf(each));
  return {
    address:
      service && injected !== undefined ? `${nameOf(service)}:${service.spec?.ports?.[0]?.port ?? 6379}` : address,
    tls: scheme === 'rediss',
    password: (container.env ?? []).some(({ name }) => name === ENV.redisPassword),
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
  const pod = podOf(object);
  const containers = [...(pod.containers ?? []), ...(pod.initContainers ?? [])];
  return object.kind === 'Job' && containers.some(({ name }) => name === 'fill');
}

function isWorkload({ kind }: Manifest): boolean {
  return WORKLOADS.includes(kind ?? '');
}

function queueOf(object: Manifest): string | undefined {
  const container = isWorkload(object) ? workerOf(object) : undefined;
  return container && envOf(container).get(ENV.queue);
}

function workerOf(object: Manifest): Container | undefined {
  return podOf(object).containers?.find((container) => envOf(container).has(ENV.queue));
}

function podOf(object: Manifest): PodSpec {
  return object.spec?.template?.spec ?? object.spec ?? {};
}

function labelsOf(object: Manifest): Readonly<Record<string, string>> {
  return object.spec?.template?.metadata?.labels ?? object.metadata?.labels ?? {};
}

function matches(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

function sameNamespace(service: Manifest, object: Manifest, named: string | undefined): boolean {
  return (named ?? object.metadata?.namespace ?? 'default') === (service.metadata?.namespace ?? 'default');
}

function envOf(container: Container): Map<string, string> {
  const env = new Map<string, string>();
  for (const { name, value } of container.env ?? []) {
    if (name && value !== undefined) env.set(name, expand(value, Object.fromEntries(env)));
  }
  return env;
}

function nameOf({ metadata }: Manifest): string {
  return metadata?.name ?? '(no name)';
}
