import type { ApiObject, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import type { EntryBundle } from '../entry';
import { FillerJob, FillJob, HashedFillJob } from '../fill';
import {
  checkMadeName,
  descriptiveLabels,
  type INetworkPolicyPeer,
  type IPodSelector,
  JobObject,
  type KueueProps,
  type KueueQueueProps,
  type Manifest,
  type NetworkPolicyPeerConfig,
  type PodSelectorConfig,
  podSelectorConfig,
  sharedPodProps,
  WORKLOAD_LABEL,
} from '../kubernetes';
import { After, GATE_ENVIRONMENT, Gate, type IWorkQueue } from '../pod';
import { type NamedQueue, placeOf, readProps, readQueue } from '../props';
import { RedisStore } from '../store';
import { leaveTree, refuseOthersOfItsNames, refuseOthersOfItsPods } from '../tree';
import { checkBesideStore, egressPolicy, objectsOf, podIds, workerBundle, workerPods, workerProgram } from '../workers';
import { checkAfter } from './check-after';
import { fleetOf, sayIfLowered } from './fleet';
import { jobNameSuffix, jobNameSyntax, storeName } from './job-name';
import { jobEnvironment, jobSpec } from './job-spec';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
import { JOB } from './redis-work-queue-job-table';

/**
 * A pile of work on Kubernetes: a Job whose pods take items off a Redis list until none is left.
 *
 * When the Job is Complete, every item is done.
 *
 * Children: `Resource` (the Job), `Store` (unless `redis` is given), `Bundle` (with `entry`, `agent` or `run`), `Fill` (with `items` or
 * `filler`), `Gate` (unless `gate` is false), `After` (with `after`), `EgressPolicy` (with `egressPolicy`). Whatever no prop covers is within reach of a JSON patch.
 *
 * @example
 * const fruit = new RedisWorkQueueJob(chart, 'fruit', {
 *   queueName: 'job2',
 *   entry: './worker.ts', // or an image: 'registry.example/job-wq-2:1'
 *   parallelism: 2,
 *   items: ['apple', 'banana'],
 * });
 * ApiObject.of(fruit).addJsonPatch(JsonPatch.add('/spec/template/spec/shareProcessNamespace', true));
 */
export class RedisWorkQueueJob extends Construct implements IWorkQueue, IPodSelector, INetworkPolicyPeer {
  /** The Job. */
  public readonly job: ApiObject;
  /** The store that holds the queue: the one given, or the one made. */
  public readonly redis: RedisStore;
  /** The code of the worker, with `entry`; with `agent` or `run`, the program of the agent, or what runs the command. */
  public readonly bundle?: EntryBundle;
  /** Fills the queue, with `items`. */
  public readonly fill?: FillJob;
  /** Fills the queue, with `filler`. */
  public readonly filler?: FillerJob;
  /** The ConfigMap with the script of the gate, where there is one. */
  public readonly gateScript?: ApiObject;
  /** The ConfigMap with the scripts that wait for other queues, with `after`. */
  public readonly afterScripts?: ApiObject;
  /** The NetworkPolicy that confines the pods of the workers and of the fill, with `egressPolicy`. */
  public readonly egressPolicy?: ApiObject;
  /** The labels by which a NetworkPolicy or a Service of your own selects the pods of the workers. */
  public readonly podSelector: { readonly [key: string]: string };
  /** Name of the queue. */
  public readonly queueName: string;
  /** Identity of what is filled in: with `items`, a hash of the queue's name and of all of them. */
  public readonly batch?: string;
  /** Whether the Job is Complete, too, when some items are dead letters. */
  public readonly tolerateDeadLetters?: boolean;
  /** For how long nothing may have been claimed before an unsealed queue counts as drained, if it is not the default. */
  public readonly settle?: Duration;

  /** @throws InvalidPropError */
  constructor(scope: Construct, id: string, given: RedisWorkQueueJobProps) {
    const read = readProps(scope, id, JOB, given);
    const place = placeOf(scope, id);
    const props = readQueue(read, place);
    checkBesideStore(props, place);
    super(scope, id);
    try {
      const program = workerProgram(this, props);
      const job = new JobObject(this, 'Resource', {
        name: props.jobName,
        hashed: props.jobName === undefined,
        suffix: jobNameSuffix(props),
      });
      // What belongs to the queue keeps its name where the pods of the Job change.
      const name = job.baseName;
      checkMadeName(this, 'jobName', name, jobNameSyntax(props), 'Set `jobName`.');
      const description = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'worker' };
      this.podSelector = { [WORKLOAD_LABEL]: name };
      const labels = { ...descriptiveLabels(this, description), ...this.podSelector };

      this.queueName = props.queueName;
      this.redis = props.redis ?? this.makeStore(name, props);
      this.bundle = workerBundle(this, name, props, program, description);
      this.tolerateDeadLetters = props.tolerateDeadLetters;
      this.settle = props.settle;
      checkAfter(props, this.redis, place);
      const after = this.makeAfter(name, props);
      this.afterScripts = after?.scripts;
      const filling = this.makeFill(name, props, after);
      if (filling instanceof FillJob) this.fill = filling;
      else this.filler = filling;
      this.batch = filling?.batch;

      this.egressPolicy = this.confine(name, props, filling);

      const gated = props.gate ?? (program.bundle === undefined || filling !== undefined);
      const pods = workerPods(props);
      const fleet = fleetOf(props);
      const environment = jobEnvironment(pods, { batch: this.batch, gated, fleet });
      const gate = gated ? this.makeGate(name, environment, props) : undefined;
      this.gateScript = gate?.script;

      const { bundle, redis } = this;
      const spec = jobSpec(pods, {
        labels,
        selector: this.podSelector,
        program,
        bundle,
        redis,
        gate,
        after,
        fleet,
        environment,
      });
      const { jobLabels, jobAnnotations: annotations, kueue } = props;
      job.define({ labels: { ...labels, ...jobLabels }, annotations, spec, kueue });
      this.job = job;
      const store = objectsOf(redis);
      filling?.job.addDependency(...[this.egressPolicy, ...store].filter(isMade));
      this.job.addDependency(
        ...[this.egressPolicy, bundle, filling, after?.scripts, gate?.script, ...store].filter(isMade),
      );
      this.node.defaultChild = this.job;
      refuseOthersOfItsNames(this);
      refuseOthersOfItsPods(this, job, name);
      sayIfLowered(this, props, fleet);
    } catch (error) {
      leaveTree(this);
      throw error;
    }
  }

  /**
   * The pods of the workers, for `kplus.NetworkPolicy` and others of cdk8s-plus.
   *
   * @example new kplus.NetworkPolicy(chart, 'policy', { selector: thumbnails });
   */
  public toPodSelectorConfig(): PodSelectorConfig {
    return podSelectorConfig(this.podSelector, this.job.metadata.namespace);
  }

  /**
   * The pods of the workers, for the rules of `kplus.NetworkPolicy`.
   *
   * @example policy.addIngressRule(thumbnails, [kplus.NetworkPolicyPort.tcp(8080)]);
   */
  public toNetworkPolicyPeerConfig(): NetworkPolicyPeerConfig {
    return { podSelector: this.toPodSelectorConfig() };
  }

  /** The pods of the workers. */
  public toPodSelector(): IPodSelector | undefined {
    return this;
  }

  private makeStore(jobName: string, props: RedisWorkQueueJobProps): RedisStore {
    const name = storeName(jobName);
    return RedisStore.pod(this, 'Store', {
      podName: name,
      serviceName: name,
      memory: props.redisMemory,
      evictable: props.evictable,
      ...sharedPodProps(props),
    });
  }

  private makeFill(
    jobName: string,
    props: RedisWorkQueueJobProps & NamedQueue,
    after?: After,
  ): FillJob | FillerJob | undefined {
    const { items, filler } = props;
    const pod = { ...sharedPodProps(props), ...props.fillPod };
    const fill = {
      name: `${jobName}-fill`,
      queueName: props.queueName,
      redis: this.redis,
      storeTimeout: props.storeTimeout,
      ttlAfterFinished: props.ttlAfterFinished,
      kueue: queueOfFill(props.kueue),
      jobLabels: props.jobLabels,
      jobAnnotations: props.jobAnnotations,
      ...pod,
      labels: descriptiveLabels(this, { 'app.kubernetes.io/part-of': jobName }),
    };
    const hashed = props.jobName === undefined;
    const { cliResources, logFormat } = props;
    if (items) return new (hashed ? HashedFillJob : FillJob)(this, 'Fill', { ...fill, items, resources: cliResources });
    if (!filler) return undefined;
    const ids = podIds({ ...props, idsFromNamespace: pod.idsFromNamespace }, this.redis);
    const options = { ...fill, queue: props.queue, filler, logFormat, cliResources, ids, hashed, after };
    return FillerJob._make(this, 'Fill', options);
  }

  private confine(name: string, props: RedisWorkQueueJobProps, filling?: FillJob | FillerJob): ApiObject | undefined {
    const selectors = [this.podSelector, filling?.podSelector].filter(isMade);
    const description = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'egress' };
    return egressPolicy(this, props, {
      name: `${name}-egress`,
      labels: descriptiveLabels(this, description),
      workloads: selectors.flatMap(Object.values),
      stores: [this.redis, ...(props.after ?? []).map(({ redis }) => redis)],
    });
  }

  private makeAfter(
    jobName: string,
    { after = [], storeTimeout, cliResources }: RedisWorkQueueJobProps,
  ): After | undefined {
    if (after.length === 0) return undefined;
    const description = { 'app.kubernetes.io/name': jobName, 'app.kubernetes.io/component': 'after' };
    return new After(this, 'After', {
      name: `${jobName}-after`,
      labels: descriptiveLabels(this, description),
      queues: after,
      redis: this.redis,
      storeTimeout,
      resources: cliResources,
    });
  }

  private makeGate(jobName: string, environment: readonly Manifest[], { cliResources }: RedisWorkQueueJobProps): Gate {
    const description = { 'app.kubernetes.io/name': jobName, 'app.kubernetes.io/component': 'gate' };
    return new Gate(this, 'Gate', {
      name: `${jobName}-gate`,
      labels: descriptiveLabels(this, description),
      redis: this.redis,
      environment: environment.filter(({ name }) => GATE_ENVIRONMENT.includes(name as string)),
      resources: cliResources,
    });
  }
}

/** A fill is one pod, which needs no room but its own. */
function queueOfFill(kueue: KueueProps | undefined): KueueQueueProps | undefined {
  return kueue && { localQueue: kueue.localQueue, priorityClass: kueue.priorityClass };
}

function isMade<T>(object: T | undefined): object is T {
  return object !== undefined;
}
