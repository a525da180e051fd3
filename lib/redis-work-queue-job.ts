import { ApiObject, Chart, type Duration, Lazy, type Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { DEFAULTS, ENV } from '../worker/contract';
import { FillJob } from './fill-job';
import { GATE_ENVIRONMENT, Gate } from './gate';
import { checkInteger, InvalidPropError, seconds } from './invalid-prop';
import {
  checkAnnotations,
  checkDottedName,
  checkImage,
  checkLabels,
  checkName,
  checkQueueName,
} from './kubernetes-syntax';
import { podFailurePolicy } from './pod-failure-policy';
import { cpuQuantity, memoryQuantity } from './quantity';
import { connectionMounts, connectionVolumes, workerConnection } from './redis-client';
import { RedisStore } from './redis-store';
import {
  checkVolumeType,
  containerSecurityContext,
  type Manifest,
  type PodIds,
  podSecurityContext,
} from './restricted-pod';
import { settingsEnvironment, userEnvironment } from './worker-environment';

/** A taint that the workers put up with. */
export interface WorkerToleration {
  /**
   * Key of the taint.
   *
   * @default - every key
   */
  readonly key?: string;
  /**
   * `Equal` or `Exists`.
   *
   * @default 'Equal'
   */
  readonly operator?: string;
  /**
   * Value of the taint, for `Equal`.
   *
   * @default - none
   */
  readonly value?: string;
  /**
   * `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
   *
   * @default - every effect
   */
  readonly effect?: string;
  /**
   * How long a running pod puts up with a `NoExecute` taint, in whole seconds.
   *
   * @default - for ever
   */
  readonly tolerationPeriod?: Duration;
}

/** Props of `RedisWorkQueueJob`. */
export interface RedisWorkQueueJobProps {
  /**
   * Name of the queue, which is the Redis list that holds the items. No braces, no control characters.
   */
  readonly queueName: string;

  /**
   * The worker's image: built on this package's runtime, or any program that takes items off the list and ends with 0
   * when there are none.
   *
   * @default - none; it must be given
   */
  readonly image?: string;

  /**
   * What the worker runs, in place of the image's entrypoint.
   *
   * @default - the image's entrypoint
   */
  readonly command?: string[];

  /**
   * Arguments of the worker.
   *
   * @default - the image's arguments
   */
  readonly args?: string[];

  /**
   * Variables of the worker. Those that the construct sets itself (`REDIS_…`, `WORK_QUEUE_…`) are refused.
   *
   * @default - only those that the construct sets
   */
  readonly env?: { readonly [name: string]: kplus.EnvValue };

  /**
   * How many workers run at once.
   *
   * @default 1
   */
  readonly parallelism?: number;

  /**
   * How many items one worker runs at once, 1 to 10,000.
   *
   * @default 1
   */
  readonly concurrency?: number;

  /**
   * How long a worker may be silent before its items are given to others, 1 second to 1 hour. It renews by itself, so
   * this need not be longer than an item takes.
   *
   * @default Duration.seconds(10)
   */
  readonly lease?: Duration;

  /**
   * How often an item is tried in all, 1 to 1,000. Then it becomes a dead letter.
   *
   * @default 3
   */
  readonly maxAttempts?: number;

  /**
   * How long one attempt may take. Then it is aborted and counts as failed; 0 is no limit.
   *
   * @default - no limit
   */
  readonly itemTimeout?: Duration;

  /**
   * How long to wait for the first item, or for the fill; 0 is for ever. Then the Job fails with 83.
   *
   * @default Duration.minutes(10)
   */
  readonly startTimeout?: Duration;

  /**
   * How long a pod puts up with a Redis that does not answer. Then it fails with 84 and another pod takes its place.
   *
   * @default Duration.minutes(5)
   */
  readonly storeTimeout?: Duration;

  /**
   * How long a queue that nobody sealed must stay empty to count as drained. With `items` it is sealed.
   *
   * @default Duration.seconds(30)
   */
  readonly settle?: Duration;

  /**
   * Whether an init container holds pods back until there is something to do: with `items` until all are in the queue,
   * else until the first one is. The runtime of this package waits by itself; other images take an empty list for a
   * finished one.
   *
   * @default true
   */
  readonly gate?: boolean;

  /**
   * How many pods may fail before the Job does. Pods that were evicted or ended by SIGTERM do not count. An item that
   * crashes its worker takes `maxAttempts` pods along before it becomes a dead letter.
   *
   * @default - 10 × maxAttempts (30 unless set), which stands ten such items
   */
  readonly backoffLimit?: number;

  /**
   * How long the Job may run in all, in whole seconds. Then it fails; the queue keeps its state.
   *
   * @default - no limit
   */
  readonly activeDeadline?: Duration;

  /**
   * How long a finished Job, and a finished fill, are kept, in whole seconds.
   *
   * @default - until they are deleted
   */
  readonly ttlAfterFinished?: Duration;

  /**
   * Whether the Job is made without pods, until `suspend` is patched to false. The fill is not suspended.
   *
   * @default false
   */
  readonly suspend?: boolean;

  /**
   * Requests and limits of the worker. A resource that is not mentioned keeps its default.
   *
   * @default - requests of 100m CPU and 128Mi memory, no limits
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * Labels that a node must carry to run workers.
   *
   * @default - any node
   */
  readonly nodeSelector?: { readonly [label: string]: string };

  /**
   * Taints that the workers put up with. In any case they leave a node that is not ready or unreachable after 30
   * seconds, unless a toleration here says otherwise: until such a pod is gone, Kubernetes does not replace it.
   *
   * @default - only those two
   */
  readonly tolerations?: WorkerToleration[];

  /**
   * PriorityClass of the workers.
   *
   * @default - the cluster's default
   */
  readonly priorityClassName?: string;

  /**
   * Secrets to pull the worker's image with.
   *
   * @default - those of the service account
   */
  readonly imagePullSecrets?: kplus.ISecret[];

  /**
   * Service account of the workers.
   *
   * @default - `default`
   */
  readonly serviceAccount?: kplus.IServiceAccount;

  /**
   * Whether the workers get the token of their service account.
   *
   * @default false
   */
  readonly automountServiceAccountToken?: boolean;

  /**
   * Volumes of the worker, each with where it is mounted. Pod Security "restricted" takes config maps, secrets, volume
   * claims, empty directories, CSI, downward API, ephemeral and projected volumes.
   *
   * @default - none
   */
  readonly volumes?: kplus.VolumeMount[];

  /**
   * User id the worker runs as; not 0.
   *
   * @default 1000
   */
  readonly user?: number;

  /**
   * Group id the worker runs as.
   *
   * @default 1000
   */
  readonly group?: number;

  /**
   * Group id that owns the pod's volumes.
   *
   * @default 1000
   */
  readonly fsGroup?: number;

  /**
   * Whether the worker's root file system is read-only. The runtime of this package does not mind; many images do.
   *
   * @default false
   */
  readonly readOnlyRootFilesystem?: boolean;

  /**
   * How long a worker has to finish after SIGTERM, in whole seconds.
   *
   * @default Duration.seconds(30)
   */
  readonly terminationGracePeriod?: Duration;

  /**
   * Further labels of the worker pods.
   *
   * @default - none
   */
  readonly podLabels?: { readonly [key: string]: string };

  /**
   * Annotations of the worker pods.
   *
   * @default - none
   */
  readonly podAnnotations?: { readonly [key: string]: string };

  /**
   * Name of the Job, at most 63 characters, 58 with `items`.
   *
   * @default - made from the path of the construct
   */
  readonly jobName?: string;

  /**
   * The store that holds the queue. Several queues may share one.
   *
   * @default - RedisStore.pod, for this queue alone
   */
  readonly redis?: RedisStore;

  /**
   * Memory of the store that is made by default. Refused beside `redis`.
   *
   * @default Size.mebibytes(256)
   */
  readonly redisMemory?: Size;

  /**
   * Payloads to fill the queue with, byte for byte, once however often the chart is applied. About 4 MB in all, about
   * 240 kB each. An empty list is done at once.
   *
   * @default - the queue is filled by hand or by another program
   */
  readonly items?: string[];

  /**
   * Whether the Job is Complete, too, when some items are dead letters.
   *
   * @default false
   */
  readonly tolerateDeadLetters?: boolean;
}

/** The Job's own label on its pods, which its uid is read from. */
const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';

/** How long a pod stays bound to a node that is gone. Kubernetes' own 300 s would hold up its replacement as long. */
const LOST_NODE_SECONDS = 30;

const LOST_NODE_TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/**
 * A pile of work on Kubernetes: a Job whose pods take items off a Redis list until none is left.
 *
 * When the Job is Complete, every item is done.
 *
 * Children: `Resource` (the Job), `Store` (unless `redis` is given), `Fill` (with `items`), `Gate` (unless `gate` is
 * false). Whatever no prop covers is within reach of a JSON patch.
 *
 * @example
 * const fruit = new RedisWorkQueueJob(chart, 'fruit', {
 *   queueName: 'job2',
 *   image: 'registry.example/job-wq-2:1',
 *   parallelism: 2,
 *   items: ['apple', 'banana'],
 * });
 * ApiObject.of(fruit).addJsonPatch(JsonPatch.add('/spec/podReplacementPolicy', 'Failed'));
 */
export class RedisWorkQueueJob extends Construct {
  /** The Job. */
  public readonly job: ApiObject;
  /** The store that holds the queue: the one given, or the one made. */
  public readonly redis: RedisStore;
  /** Fills the queue, with `items`. */
  public readonly fill?: FillJob;
  /** The ConfigMap with the script of the gate, unless `gate` is false. */
  public readonly gateScript?: ApiObject;
  /** Name of the queue. */
  public readonly queueName: string;
  /** Identity of the items: a hash of the queue's name and of all of them. */
  public readonly batch?: string;

  /** @throws InvalidPropError */
  constructor(scope: Construct, id: string, props: RedisWorkQueueJobProps) {
    super(scope, id);
    checkProps(this, props);
    this.queueName = props.queueName;

    this.job = new ApiObject(this, 'Resource', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: props.jobName },
      spec: Lazy.any({ produce: () => spec }),
    });
    this.node.defaultChild = this.job;
    const name = this.job.name;
    checkName(this, 'jobName', name, props.items ? 58 : 63, props.items ? ', as the fill Job adds "-fill"' : '');

    this.redis = props.redis ?? RedisStore.pod(this, 'Store', { memory: props.redisMemory });
    const labels = {
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/component': 'worker',
      'app.kubernetes.io/managed-by': 'cdk8s',
    };
    for (const [key, value] of Object.entries(labels)) this.job.metadata.addLabel(key, value);
    const chartLabels = Chart.of(this).labels;

    if (props.items) {
      this.fill = new FillJob(this, 'Fill', {
        name: `${name}-fill`,
        queueName: this.queueName,
        items: props.items,
        redis: this.redis,
        storeTimeout: props.storeTimeout,
        ttlAfterFinished: props.ttlAfterFinished,
        labels: {
          ...chartLabels,
          'app.kubernetes.io/name': `${name}-fill`,
          'app.kubernetes.io/component': 'fill',
          'app.kubernetes.io/part-of': name,
          'app.kubernetes.io/managed-by': 'cdk8s',
        },
      });
      this.batch = this.fill.batch;
      this.job.addDependency(this.fill);
    }

    const gated = props.gate ?? true;
    const environment = [...this.environment(props), ...settingsEnvironment(this, props)];
    if (gated && this.batch) environment.push({ name: ENV.gate, value: 'filled' });
    const own = userEnvironment(this, props.env);

    const gate = gated
      ? new Gate(this, 'Gate', {
          name: `${name}-gate`,
          labels: { ...labels, 'app.kubernetes.io/component': 'gate' },
          redis: this.redis,
          environment: environment.filter((variable) => GATE_ENVIRONMENT.includes(variable.name as string)),
        })
      : undefined;
    this.gateScript = gate?.script;
    if (gate) this.job.addDependency(gate.script);
    for (const object of [this.redis.pod, this.redis.statefulSet, this.redis.service, this.redis.networkPolicy]) {
      if (!object) continue;
      this.job.addDependency(object);
      this.fill?.job.addDependency(object);
    }

    const { mounts, volumes } = renderVolumes(this, props.volumes ?? []);
    const spec: Manifest = {
      parallelism: props.parallelism ?? 1,
      backoffLimit: props.backoffLimit ?? 10 * (props.maxAttempts ?? DEFAULTS.maxAttempts),
      activeDeadlineSeconds: seconds(this, 'activeDeadline', props.activeDeadline, 1),
      ttlSecondsAfterFinished: seconds(this, 'ttlAfterFinished', props.ttlAfterFinished, 0),
      suspend: props.suspend,
      podFailurePolicy: podFailurePolicy(),
      template: {
        metadata: {
          labels: { ...chartLabels, ...labels, ...props.podLabels, ...this.redis.clientLabels },
          annotations: props.podAnnotations,
        },
        spec: {
          automountServiceAccountToken: props.automountServiceAccountToken ?? false,
          enableServiceLinks: this.redis.serviceLinks,
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: seconds(this, 'terminationGracePeriod', props.terminationGracePeriod, 0),
          serviceAccountName: props.serviceAccount?.name,
          imagePullSecrets: props.imagePullSecrets?.map((secret) => ({ name: secret.name })),
          nodeSelector: props.nodeSelector,
          priorityClassName: props.priorityClassName,
          tolerations: renderTolerations(this, props.tolerations ?? []),
          securityContext: podSecurityContext(podIds(props)),
          initContainers: gate && [gate.container],
          containers: [
            {
              name: 'worker',
              image: props.image,
              command: props.command,
              args: props.args,
              env: [...workerConnection(this.redis), ...environment, ...own],
              resources: renderResources(props.resources ?? {}),
              securityContext: containerSecurityContext(props.readOnlyRootFilesystem),
              terminationMessagePolicy: 'FallbackToLogsOnError',
              volumeMounts: undefinedIfEmpty([...connectionMounts(this.redis), ...mounts]),
            },
          ],
          volumes: undefinedIfEmpty([...(gate ? [gate.volume] : []), ...connectionVolumes(this.redis), ...volumes]),
        },
      },
    };
  }

  private environment(props: RedisWorkQueueJobProps): Manifest[] {
    return [
      { name: ENV.queue, value: props.queueName },
      { name: ENV.run, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${CONTROLLER_UID}']` } } },
      { name: ENV.worker, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ...(this.batch ? [{ name: ENV.batch, value: this.batch }] : []),
    ];
  }
}

function undefinedIfEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

const MAX_ID = 2 ** 31 - 1;

function podIds({ user = 1000, group = 1000, fsGroup = 1000 }: RedisWorkQueueJobProps): PodIds {
  return { user, group, fsGroup };
}

function checkProps(scope: Construct, props: RedisWorkQueueJobProps) {
  checkQueueName(scope, props.queueName);
  if (!props.image) {
    throw new InvalidPropError(
      scope,
      'image',
      props.image,
      'Name the image of the worker: "registry.example/job-wq-2:1".',
    );
  }
  checkImage(scope, 'image', props.image);
  checkInteger(scope, 'parallelism', props.parallelism, 1, 100_000);
  checkInteger(scope, 'backoffLimit', props.backoffLimit, 0);
  checkInteger(scope, 'user', props.user, 1, MAX_ID);
  checkInteger(scope, 'group', props.group, 1, MAX_ID);
  checkInteger(scope, 'fsGroup', props.fsGroup, 1, MAX_ID);
  checkDottedName(scope, 'priorityClassName', props.priorityClassName);
  checkLabels(scope, 'nodeSelector', props.nodeSelector);
  checkLabels(scope, 'podLabels', props.podLabels);
  checkAnnotations(scope, 'podAnnotations', props.podAnnotations);
  for (const key of Object.keys(props.podLabels ?? {})) {
    if (!/^(batch\.kubernetes\.io\/|app\.kubernetes\.io\/name$|job-name$|controller-uid$)/.test(key)) continue;
    throw new InvalidPropError(
      scope,
      'a key of podLabels',
      key,
      'It is set by the Job or the construct; use another one.',
    );
  }
  if (props.redis && props.redisMemory) {
    throw new InvalidPropError(
      scope,
      'redisMemory',
      props.redisMemory.asString(),
      'It shapes the store that is made by default, and `redis` brings one. ' +
        'Give it to that store: RedisStore.pod(chart, "redis", { memory }).',
    );
  }
  const here = Chart.of(scope).namespace;
  const there = props.redis?.service && Chart.of(props.redis).namespace;
  if (props.redis?.service && here !== there) {
    throw new InvalidPropError(
      scope,
      'redis',
      `a store in the namespace ${there ?? '(of kubectl)'}`,
      `This Job is in ${here ?? '(that of kubectl)'}, and a made store serves its own namespace only. ` +
        'Use one namespace, or RedisStore.external with the full name of its Service.',
    );
  }
}

function renderVolumes(scope: Construct, mounts: kplus.VolumeMount[]): { mounts: Manifest[]; volumes: Manifest[] } {
  const volumes = new Map<string, Manifest>();
  const rendered = mounts.map((mount, index) => {
    const volume = kplus.k8s.toJson_Volume(mount.volume._toKube()) as Manifest;
    const { name } = mount.volume;
    checkName(scope, `volumes[${index}].volume.name`, name);
    checkVolumeType(scope, `volumes[${index}].volume`, volume);
    if (name === 'gate' || name === 'redis-ca') {
      throw new InvalidPropError(
        scope,
        `volumes[${index}].volume.name`,
        name,
        'The construct uses it; name it otherwise.',
      );
    }
    if (!mount.path.startsWith('/') || mount.path.includes(':')) {
      throw new InvalidPropError(
        scope,
        `volumes[${index}].path`,
        mount.path,
        'It must be an absolute path without colons.',
      );
    }
    volumes.set(name, volume);
    return {
      name,
      mountPath: mount.path,
      mountPropagation: mount.propagation,
      readOnly: mount.readOnly,
      subPath: mount.subPath,
      subPathExpr: mount.subPathExpr,
    };
  });
  return { mounts: rendered, volumes: [...volumes.values()] };
}

function renderTolerations(scope: Construct, tolerations: WorkerToleration[]): Manifest[] {
  const given = tolerations.map(({ key, operator, value, effect, tolerationPeriod }, index) => {
    const prop = `tolerations[${index}]`;
    if (operator !== undefined && operator !== 'Equal' && operator !== 'Exists') {
      throw new InvalidPropError(scope, `${prop}.operator`, operator, 'It must be "Equal" or "Exists".');
    }
    if (effect !== undefined && !['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(effect)) {
      throw new InvalidPropError(
        scope,
        `${prop}.effect`,
        effect,
        'It must be "NoSchedule", "PreferNoSchedule" or "NoExecute".',
      );
    }
    if (operator === 'Exists' && value !== undefined) {
      throw new InvalidPropError(
        scope,
        `${prop}.value`,
        value,
        'The operator "Exists" takes none; remove it or use "Equal".',
      );
    }
    if (key === undefined && operator !== 'Exists') {
      throw new InvalidPropError(scope, `${prop}.operator`, operator, 'Without a key it must be "Exists".');
    }
    if (tolerationPeriod !== undefined && effect !== 'NoExecute') {
      throw new InvalidPropError(scope, `${prop}.effect`, effect, 'A tolerationPeriod needs "NoExecute".');
    }
    const tolerationSeconds = seconds(scope, `${prop}.tolerationPeriod`, tolerationPeriod, 0);
    return { key, operator, value, effect, tolerationSeconds };
  });
  const lostNode = LOST_NODE_TAINTS.filter(
    (taint) => !given.some(({ key, effect }) => (key ?? taint) === taint && (effect ?? 'NoExecute') === 'NoExecute'),
  ).map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: LOST_NODE_SECONDS }));
  return [...given, ...lostNode];
}

function renderResources({ cpu, memory, ephemeralStorage }: kplus.ContainerResources): Manifest {
  const requests = {
    cpu: cpu ? cpu.request && cpuQuantity(cpu.request) : '100m',
    memory: memory ? memory.request && memoryQuantity(memory.request) : '128Mi',
    'ephemeral-storage': ephemeralStorage?.request && memoryQuantity(ephemeralStorage.request),
  };
  const limits = {
    cpu: cpu?.limit && cpuQuantity(cpu.limit),
    memory: memory?.limit && memoryQuantity(memory.limit),
    'ephemeral-storage': ephemeralStorage?.limit && memoryQuantity(ephemeralStorage.limit),
  };
  const isSet = (value: object) => Object.values(value).some((amount) => amount !== undefined);
  return { requests: isSet(requests) ? requests : undefined, limits: isSet(limits) ? limits : undefined };
}
