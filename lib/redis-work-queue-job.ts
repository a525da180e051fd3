import { ApiObject, Chart, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { DEFAULTS, ENV } from '../worker/contract';
import { EntryBundle, shortHash } from './entry-bundle';
import { FillJob } from './fill-job';
import { FillerJob } from './filler-job';
import { GATE_ENVIRONMENT, Gate } from './gate';
import { checkInteger, InvalidPropError, seconds } from './invalid-prop';
import { checkAnnotations, checkLabels, checkName, checkQueueName } from './kubernetes-syntax';
import { CLIENT_LABEL, descriptiveLabels } from './labels';
import { leaveTree } from './leave-tree';
import { renderJobPlacement, renderPullSecrets } from './placement';
import { podFailurePolicy } from './pod-failure-policy';
import { connectionVolumes } from './redis-client';
import { RedisStore } from './redis-store';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
import { type Manifest, type PodIds, podSecurityContext } from './restricted-pod';
import { literal, settingsEnvironment, userEnvironment } from './worker-environment';
import { readProgram, renderProgram, undefinedIfEmpty } from './worker-pod';

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
 * ApiObject.of(fruit).addJsonPatch(JsonPatch.add('/spec/podReplacementPolicy', 'Failed'));
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
    super(scope, id);
    try {
      checkProps(this, props);
      this.queueName = props.queueName;

      const program = readProgram(this, '', props, 'worker');
      const hash = program.content?.hash;

      // What belongs to the queue keeps its name where only the code of the worker changes.
      const name = props.jobName ?? generatedName(this);
      checkJobName(this, name, props);
      // Before the store, which takes the same props.
      const placement = renderJobPlacement(this, props);
      const description = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'worker' };
      const labels = descriptiveLabels(this, description);
      this.job = new ApiObject(this, 'Resource', {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: hash && !props.jobName ? `${name}-${shortHash(hash)}` : name, labels },
        spec: Lazy.any({ produce: () => spec }),
      });
      this.node.defaultChild = this.job;

      this.redis =
        props.redis ??
        RedisStore.pod(this, 'Store', {
          memory: props.redisMemory,
          imagePullSecrets: props.imagePullSecrets,
          nodeSelector: props.nodeSelector,
          tolerations: props.tolerations,
          priorityClassName: props.priorityClassName,
        });

      if (program.content) {
        this.bundle = EntryBundle._make(this, 'Bundle', {
          name: `${name}-worker`,
          prop: 'entry',
          entry: props.entry as string,
          labels: description,
          content: program.content,
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

      const gated = props.gate ?? (program.content === undefined || filling !== undefined);
      const environment = [...this.environment(props), ...settingsEnvironment(this, props)];
      if (gated && this.batch) environment.push({ name: ENV.gate, value: 'filled' });
      const own = userEnvironment(this, this.redis, props.env);

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

      const { container, volumes } = renderProgram(this, '', props, {
        name: 'worker',
        program,
        entryBundle: this.bundle,
        redis: this.redis,
        environment: [...environment, ...own],
      });
      const spec: Manifest = {
        parallelism: props.parallelism ?? 1,
        backoffLimit: props.backoffLimit ?? 10 * (props.maxAttempts ?? DEFAULTS.maxAttempts),
        activeDeadlineSeconds: seconds(this, 'activeDeadline', props.activeDeadline, 1),
        ttlSecondsAfterFinished: seconds(this, 'ttlAfterFinished', props.ttlAfterFinished, 0),
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
            terminationGracePeriodSeconds: seconds(this, 'terminationGracePeriod', props.terminationGracePeriod, 0),
            serviceAccountName: props.serviceAccount?.name,
            ...placement,
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

const MAX_ID = 2 ** 31 - 1;

/** The name that the chart gives to the Job. Only an object has one. */
function generatedName(scope: Construct): string {
  const { name } = new ApiObject(scope, 'Resource', { apiVersion: 'batch/v1', kind: 'Job' });
  scope.node.tryRemoveChild('Resource');
  return name;
}

/** All that is named after the Job must fit into the 63 characters that Kubernetes leaves to each. */
function checkJobName(scope: Construct, name: string, { jobName, entry, items, filler }: RedisWorkQueueJobProps) {
  const hash = jobName === undefined ? '-0123abcd' : '';
  const suffixes = [entry ? hash : '', items || filler ? '-fill' : '', filler?.entry ? `-fill${hash}` : ''];
  const longest = suffixes.reduce((a, b) => (b.length > a.length ? b : a));
  checkName(scope, 'jobName', name, {
    maxLength: 63 - longest.length,
    why: longest && `, as "${longest}" is added`,
    fix: jobName === undefined ? 'Set `jobName`.' : undefined,
  });
}

function podIds({ user = 1000, group = 1000, fsGroup = 1000 }: RedisWorkQueueJobProps): PodIds {
  return { user, group, fsGroup };
}

function checkProps(scope: Construct, props: RedisWorkQueueJobProps) {
  checkQueueName(scope, props.queueName);
  checkInteger(scope, 'parallelism', props.parallelism, 1, 100_000);
  checkInteger(scope, 'backoffLimit', props.backoffLimit, 0);
  checkInteger(scope, 'user', props.user, 1, MAX_ID);
  checkInteger(scope, 'group', props.group, 1, MAX_ID);
  checkInteger(scope, 'fsGroup', props.fsGroup, 1, MAX_ID);
  checkLabels(scope, 'podLabels', props.podLabels);
  checkAnnotations(scope, 'podAnnotations', props.podAnnotations);
  for (const key of Object.keys(props.podLabels ?? {})) {
    const isClient = key === CLIENT_LABEL && props.redis?.clientLabels[key] === undefined && props.redis !== undefined;
    if (isClient || !/^(batch\.kubernetes\.io\/|cdk8s-redis-work-queue\/|job-name$|controller-uid$)/.test(key))
      continue;
    throw new InvalidPropError(
      scope,
      'a key of podLabels',
      key,
      'It is set by the Job or the construct; use another one.',
    );
  }
  if (props.items && props.filler) {
    throw new InvalidPropError(
      scope,
      'filler',
      props.filler.image ?? props.filler.entry,
      'It fills the queue in place of `items`, and both are given. Use one of them.',
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
