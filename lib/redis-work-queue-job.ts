import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { DEFAULTS, ENV } from '../worker/contract';
import { checkBesideStore } from './beside-store';
import { EntryBundle, shortHash } from './entry';
import { FillerJob, FillJob } from './fill';
import { jobNameSyntax } from './job-name';
import {
  checkMadeName,
  descriptiveLabels,
  inSeconds,
  type Manifest,
  type PodIds,
  podSecurityContext,
  renderJobPlacement,
  renderPullSecrets,
} from './kubernetes';
import {
  GATE_ENVIRONMENT,
  Gate,
  literal,
  podFailurePolicy,
  readProgram,
  renderProgram,
  settingsEnvironment,
  undefinedIfEmpty,
  userEnvironment,
} from './pod';
import { placeOf, readProps } from './props';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
import { JOB } from './redis-work-queue-job-table';
import { connectionVolumes, RedisStore } from './store';
import { leaveTree, refuseOthersOfItsNames } from './tree';

/** The Job's own label on its pods, which its uid is read from. */
const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';

/**
 * A pile of work on Kubernetes: a Job whose pods take items off a Redis list until none is left.
 *
 * When the Job is Complete, every item is done.
 *
 * Children: `Resource` (the Job), `Store` (unless `redis` is given), `Bundle` (with `entry`), `Fill` (with `items` or
 * `filler`), `Gate` (unless `gate` is false). Whatever no prop covers is within reach of a JSON patch.
 *
 * @example
 * const fruit = new RedisWorkQueueJob(chart, 'fruit', {
 *   queueName: 'job2',
 *   entry: './worker.ts', // or an image: 'registry.example/job-wq-2:1'
 *   parallelism: 2,
 *   items: ['apple', 'banana'],
 * });
 * ApiObject.of(fruit).addJsonPatch(JsonPatch.add('/spec/template/spec/hostUsers', false));
 */
export class RedisWorkQueueJob extends Construct {
  /** The Job. */
  public readonly job: ApiObject;
  /** The store that holds the queue: the one given, or the one made. */
  public readonly redis: RedisStore;
  /** The code of the worker, with `entry`. */
  public readonly bundle?: EntryBundle;
  /** Fills the queue, with `items`. */
  public readonly fill?: FillJob;
  /** Fills the queue, with `filler`. */
  public readonly filler?: FillerJob;
  /** The ConfigMap with the script of the gate, where there is one. */
  public readonly gateScript?: ApiObject;
  /** Name of the queue. */
  public readonly queueName: string;
  /** Identity of what is filled in: with `items`, a hash of the queue's name and of all of them. */
  public readonly batch?: string;

  /** @throws InvalidPropError */
  constructor(scope: Construct, id: string, props: RedisWorkQueueJobProps) {
    props = readProps(scope, id, JOB, props);
    checkBesideStore(props, placeOf(scope, id));
    super(scope, id);
    try {
      this.queueName = props.queueName;

      const program = readProgram(this, '', props, 'worker');
      const hash = program.bundle?.hash;

      // What belongs to the queue keeps its name where only the code of the worker changes.
      const name = props.jobName ?? generatedName(this);
      checkMadeName(this, 'jobName', name, jobNameSyntax(props), 'Set `jobName`.');
      const description = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'worker' };
      const labels = descriptiveLabels(this, description);
      this.job = new ApiObject(this, 'Resource', {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: hash && !props.jobName ? `${name}-${shortHash(hash)}` : name, labels },
        spec: Lazy.any({ produce: () => spec }),
      });
      this.node.defaultChild = this.job;
      refuseOthersOfItsNames(this);

      this.redis =
        props.redis ??
        RedisStore.pod(this, 'Store', {
          memory: props.redisMemory,
          imagePullSecrets: props.imagePullSecrets,
          nodeSelector: props.nodeSelector,
          tolerations: props.tolerations,
          priorityClassName: props.priorityClassName,
        });

      if (program.bundle) {
        this.bundle = EntryBundle._make(this, 'Bundle', {
          name: `${name}-worker`,
          prop: 'entry',
          entry: props.entry as string,
          labels: description,
          bundle: program.bundle,
        });
        this.job.addDependency(this.bundle);
      }

      const fill = {
        name: `${name}-fill`,
        queueName: this.queueName,
        redis: this.redis,
        storeTimeout: props.storeTimeout,
        ttlAfterFinished: props.ttlAfterFinished,
        imagePullSecrets: props.imagePullSecrets,
        nodeSelector: props.nodeSelector,
        tolerations: props.tolerations,
        priorityClassName: props.priorityClassName,
        labels: descriptiveLabels(this, { 'app.kubernetes.io/part-of': name }),
      };
      if (props.items !== undefined) this.fill = new FillJob(this, 'Fill', { ...fill, items: props.items });
      if (props.filler) {
        const hashed = props.jobName === undefined;
        this.filler = FillerJob._make(this, 'Fill', { ...fill, filler: props.filler, ids: podIds(props), hashed });
      }
      const filling = this.fill ?? this.filler;
      if (filling) this.job.addDependency(filling);
      this.batch = filling?.batch;

      const gated = props.gate ?? (program.bundle === undefined || filling !== undefined);
      const environment = [...this.environment(props), ...settingsEnvironment(props)];
      if (gated && this.batch) environment.push({ name: ENV.gate, value: 'filled' });
      const own = userEnvironment(props.env);

      const gate = gated
        ? new Gate(this, 'Gate', {
            name: `${name}-gate`,
            labels: descriptiveLabels(this, { ...description, 'app.kubernetes.io/component': 'gate' }),
            redis: this.redis,
            environment: environment.filter((variable) => GATE_ENVIRONMENT.includes(variable.name as string)),
          })
        : undefined;
      this.gateScript = gate?.script;
      if (gate) this.job.addDependency(gate.script);
      for (const object of [
        this.redis.redisPod,
        this.redis.statefulSet,
        this.redis.service,
        this.redis.networkPolicy,
      ]) {
        if (!object) continue;
        this.job.addDependency(object);
        filling?.job.addDependency(object);
      }

      const { container, volumes } = renderProgram(props, {
        name: 'worker',
        program,
        entryBundle: this.bundle,
        redis: this.redis,
        environment: [...environment, ...own],
      });
      const spec: Manifest = {
        parallelism: props.parallelism ?? 1,
        backoffLimit: props.backoffLimit ?? 10 * (props.maxAttempts ?? DEFAULTS.maxAttempts),
        activeDeadlineSeconds: props.activeDeadline && inSeconds(props.activeDeadline),
        ttlSecondsAfterFinished: props.ttlAfterFinished && inSeconds(props.ttlAfterFinished),
        suspend: props.suspend,
        podFailurePolicy: podFailurePolicy('worker', ...(gate ? (['gate'] as const) : [])),
        template: {
          metadata: {
            labels: { ...this.bundle?._podLabels, ...labels, ...props.podLabels, ...this.redis.clientLabels },
            annotations: props.podAnnotations,
          },
          spec: {
            automountServiceAccountToken: props.automountServiceAccountToken ?? false,
            enableServiceLinks: this.redis.serviceLinks,
            restartPolicy: 'Never',
            terminationGracePeriodSeconds: props.terminationGracePeriod && inSeconds(props.terminationGracePeriod),
            serviceAccountName: props.serviceAccount?.name,
            ...renderJobPlacement(props),
            imagePullSecrets: renderPullSecrets(props.imagePullSecrets, gate && this.redis.imagePullSecrets),
            securityContext: podSecurityContext(podIds(props)),
            initContainers: gate && [gate.container],
            containers: [container],
            volumes: undefinedIfEmpty([...(gate ? [gate.volume] : []), ...connectionVolumes(this.redis), ...volumes]),
          },
        },
      };
    } catch (error) {
      leaveTree(this);
      throw error;
    }
  }

  private environment(props: RedisWorkQueueJobProps): Manifest[] {
    return [
      literal(ENV.queue, props.queueName),
      { name: ENV.run, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${CONTROLLER_UID}']` } } },
      { name: ENV.worker, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ...(this.batch ? [literal(ENV.batch, this.batch)] : []),
    ];
  }
}

/** The name that the chart gives to the Job. Only an object has one. */
function generatedName(scope: Construct): string {
  const { name } = new ApiObject(scope, 'Resource', { apiVersion: 'batch/v1', kind: 'Job' });
  scope.node.tryRemoveChild('Resource');
  return name;
}

function podIds({ user = 1000, group = 1000, fsGroup = 1000 }: RedisWorkQueueJobProps): PodIds {
  return { user, group, fsGroup };
}
