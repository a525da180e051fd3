import { ApiObject, Duration, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { ENV } from '../../worker/contract';
import type { EntryBundle } from '../entry';
import { queueOfRun, RunFill } from '../fill';
import { FILLED, fleetEnvironment, fleetOf, isIndexed, podEnvironment, runSpec, sayIfLowered } from '../job';
import {
  checkMadeName,
  descriptiveLabels,
  type INetworkPolicyPeer,
  type IPodSelector,
  inMilliseconds,
  inSeconds,
  type Labels,
  type Manifest,
  metadataOf,
  type NetworkPolicyPeerConfig,
  type PodSelectorConfig,
  podSelectorConfig,
  WORKLOAD_LABEL,
} from '../kubernetes';
import { settingsEnvironment } from '../pod';
import { type NamedQueue, placeOf, readProps, readQueue } from '../props';
import type { RedisStore } from '../store';
import { leaveTree, refuseOthersOfItsNames, refuseOthersOfItsPods } from '../tree';
import {
  checkBesideStore,
  egressPolicy,
  objectsOf,
  persistentStore,
  workerBundle,
  workerPods,
  workerProgram,
} from '../workers';
import { ConcurrencyPolicy } from './concurrency-policy';
import { cronJobNameSyntax } from './cron-job-name';
import type { RedisWorkQueueCronJobProps } from './redis-work-queue-cron-job-props';
import { CRON_JOB } from './redis-work-queue-cron-job-table';

/** How long the queue of a run is kept that ended well: until somebody is back from a holiday. */
const KEEP_RUNS = Duration.days(7);

/**
 * A pile of work that comes again and again: a CronJob, each run of which is a Job with a queue of its own.
 *
 * When the Job of a run is Complete, every item of that run is done. Runs that overlap, or that are tried again, never share
 * anything but the store. The queue of a run is called `<queueName>-<name of its Job>`.
 *
 * Children: `Resource` (the CronJob), `Store` (unless `redis` is given), `Bundle` (with `entry`, `agent` or `run`), `Fill` (what fills the queue
 * of a run, in its pods). Whatever no prop covers is within reach of a JSON patch.
 *
 * @example
 * new RedisWorkQueueCronJob(chart, 'nightly', {
 *   schedule: '0 2 * * *',
 *   timeZone: 'Europe/Berlin',
 *   queueName: 'thumbnails',
 *   entry: './worker.ts',
 *   filler: { entry: './fill.ts' },
 *   parallelism: 8,
 * });
 */
export class RedisWorkQueueCronJob extends Construct implements IPodSelector, INetworkPolicyPeer {
  /** The CronJob. */
  public readonly cronJob: ApiObject;
  /** The store that holds the queues: the one given, or the one made. */
  public readonly redis: RedisStore;
  /** The code of the worker, with `entry`; with `agent` or `run`, the program of the agent, or what runs the command. */
  public readonly bundle?: EntryBundle;
  /** Fills the queue of a run. */
  public readonly fill: RunFill;
  /** The NetworkPolicy that confines the pods of all runs, with `egressPolicy`. */
  public readonly egressPolicy?: ApiObject;
  /** The labels by which a NetworkPolicy or a Service of your own selects the pods of all runs. */
  public readonly podSelector: { readonly [key: string]: string };
  private readonly definedAs: string;

  /** @throws InvalidPropError */
  constructor(scope: Construct, id: string, given: RedisWorkQueueCronJobProps) {
    const read = readProps(scope, id, CRON_JOB, given);
    const place = placeOf(scope, id);
    const props = readQueue(read, place);
    checkBesideStore(props, place);
    super(scope, id);
    try {
      const program = workerProgram(this, props);
      const cronJob: ApiObject = new ApiObject(this, 'Resource', {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: metadataOf(props.cronJobName),
        spec: Lazy.any({ produce: () => spec }),
      });
      const { name } = cronJob;
      checkMadeName(this, 'cronJobName', name, cronJobNameSyntax(props), 'Set `cronJobName`.');
      this.podSelector = { [WORKLOAD_LABEL]: name };
      const description = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'worker' };
      const labels = { ...descriptiveLabels(this, description), ...this.podSelector };
      for (const [key, value] of Object.entries(labels)) cronJob.metadata.addLabel(key, value);

      this.definedAs = props.queueName;
      this.redis = props.redis ?? persistentStore(this, name, props);
      this.bundle = workerBundle(this, name, props, program, description);
      this.fill = this.makeFill(name, props);

      const { bundle, redis, fill } = this;
      const pods = workerPods(props);
      const fleet = fleetOf(props);
      const environment = [
        ...fill._parts.naming,
        ...podEnvironment(),
        ...settingsEnvironment(pods),
        { name: ENV.keep, value: String(inMilliseconds(props.keepRuns ?? KEEP_RUNS)) },
        FILLED,
        ...fleetEnvironment(fleet),
      ];
      this.egressPolicy = egressPolicy(this, props, {
        name: `${name}-egress`,
        labels: descriptiveLabels(this, { ...description, 'app.kubernetes.io/component': 'egress' }),
        workloads: [name],
        stores: [redis],
      });
      const parts = {
        labels,
        selector: this.podSelector,
        program,
        bundle,
        redis,
        filling: fill._parts,
        fleet,
        environment,
      };
      const spec = cronJobSpec(props, labels, runSpec(pods, parts));
      this.cronJob = cronJob;
      const store = objectsOf(redis);
      cronJob.addDependency(
        ...[this.egressPolicy, bundle, ...fill.objects, ...store].filter((object) => object !== undefined),
      );
      this.node.defaultChild = cronJob;
      refuseOthersOfItsNames(this);
      refuseOthersOfItsPods(this, cronJob, name);
      sayIfLowered(this, props, fleet);
    } catch (error) {
      leaveTree(this);
      throw error;
    }
  }

  /**
   * The queue of a run, by the name of its Job: `<queueName>-<jobName>`.
   *
   * @example nightly.queueOf('nightly-29390400') // 'thumbnails-nightly-29390400'
   */
  public queueOf(jobName: string): string {
    return queueOfRun(this.definedAs, jobName);
  }

  /**
   * The pods of all runs, for `kplus.NetworkPolicy` and others of cdk8s-plus.
   *
   * @example new kplus.NetworkPolicy(chart, 'policy', { selector: nightly });
   */
  public toPodSelectorConfig(): PodSelectorConfig {
    return podSelectorConfig(this.podSelector, this.cronJob.metadata.namespace);
  }

  /**
   * The pods of all runs, for the rules of `kplus.NetworkPolicy`.
   *
   * @example policy.addIngressRule(nightly, [kplus.NetworkPolicyPort.tcp(8080)]);
   */
  public toNetworkPolicyPeerConfig(): NetworkPolicyPeerConfig {
    return { podSelector: this.toPodSelectorConfig() };
  }

  /** The pods of all runs. */
  public toPodSelector(): IPodSelector | undefined {
    return this;
  }

  private makeFill(cronJobName: string, props: RedisWorkQueueCronJobProps & NamedQueue): RunFill {
    const { queueName, queue, items, filler, storeTimeout, startTimeout, cliResources } = props;
    return RunFill._make(this, 'Fill', {
      name: `${cronJobName}-fill`,
      queueName,
      queue,
      redis: this.redis,
      environment: settingsEnvironment({ storeTimeout }),
      turnEnvironment: [...podEnvironment(), ...settingsEnvironment({ startTimeout })],
      indexed: isIndexed(props),
      items,
      filler,
      cliResources,
    });
  }
}

function cronJobSpec(props: RedisWorkQueueCronJobProps, labels: Labels, run: Manifest): Manifest {
  return {
    schedule: props.schedule,
    timeZone: props.timeZone,
    concurrencyPolicy: props.concurrencyPolicy ?? ConcurrencyPolicy.FORBID,
    startingDeadlineSeconds: props.startingDeadline && inSeconds(props.startingDeadline),
    successfulJobsHistoryLimit: props.successfulJobsHistoryLimit,
    failedJobsHistoryLimit: props.failedJobsHistoryLimit,
    suspend: props.suspend,
    jobTemplate: { metadata: { labels }, spec: run },
  };
}
