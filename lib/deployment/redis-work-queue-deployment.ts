import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { DEFAULTS } from '../../worker/contract';
import type { EntryBundle } from '../entry';
import {
  checkMadeName,
  descriptiveLabels,
  type INetworkPolicyPeer,
  type IPodSelector,
  metadataOf,
  type NetworkPolicyPeerConfig,
  nameSyntax,
  type PodSelectorConfig,
  podSelectorConfig,
  WORKLOAD_LABEL,
} from '../kubernetes';
import { placeOf, readProps, readQueue } from '../props';
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
import { deploymentSpec } from './deployment-spec';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler';
import { podDisruptionBudget } from './pod-disruption-budget';
import type { RedisWorkQueueDeploymentProps } from './redis-work-queue-deployment-props';
import { DEPLOYMENT } from './redis-work-queue-deployment-table';
import { scaledObject } from './scaled-object';

/**
 * Workers for a continuous stream: a Deployment whose pods take items off a Redis list for as long as it is there. They are the
 * workers of a `RedisWorkQueueJob`, with its leases, attempts, dead letters, rate and batches; nothing drains the queue.
 *
 * A worker that is told to stop, by a roll-out, a drain or a scaler, lets what it runs finish within
 * `terminationGracePeriod`, and gives the rest back without a charge.
 *
 * Children: `Resource` (the Deployment), `Store` (unless `redis` is given), `Bundle` (with `entry`, `agent` or `run`), `PodDisruptionBudget`,
 * `EgressPolicy` (with `egressPolicy`), `HorizontalPodAutoscaler`, `ScaledObject`, `TriggerAuthentication`, `ScalerNetworkPolicy`.
 *
 * @example
 * const thumbnails = new RedisWorkQueueDeployment(chart, 'thumbnails', {
 *   queueName: 'thumbnails',
 *   entry: './worker.ts', // or an image: 'registry.example/thumbnails:1'
 *   replicas: 3,
 * });
 */
export class RedisWorkQueueDeployment extends Construct implements IPodSelector, INetworkPolicyPeer {
  /** The Deployment. */
  public readonly deployment: ApiObject;
  /** The store that holds the queue: the one given, or the one made. */
  public readonly redis: RedisStore;
  /** The code of the worker, with `entry`; with `agent` or `run`, the program of the agent, or what runs the command. */
  public readonly bundle?: EntryBundle;
  /** The NetworkPolicy that confines the pods of the workers, with `egressPolicy`. */
  public readonly egressPolicy?: ApiObject;
  /** How many workers a drain of nodes may take away at a time. */
  public readonly podDisruptionBudget: ApiObject;
  /** What scales the workers, with `horizontalPodAutoscaler`. */
  public readonly horizontalPodAutoscaler?: ApiObject;
  /** What scales the workers, with `scaledObject`. */
  public readonly scaledObject?: ApiObject;
  /** The credentials and authorities by which KEDA reaches the store, if it has any. */
  public readonly triggerAuthentication?: ApiObject;
  /** Lets KEDA reach a store that is made. */
  public readonly scalerNetworkPolicy?: ApiObject;
  /** The labels by which a NetworkPolicy or a Service of your own selects the pods of the workers. */
  public readonly podSelector: { readonly [key: string]: string };
  /** Name of the queue. */
  public readonly queueName: string;

  /** @throws InvalidPropError */
  constructor(scope: Construct, id: string, given: RedisWorkQueueDeploymentProps) {
    const read = readProps(scope, id, DEPLOYMENT, given);
    const place = placeOf(scope, id);
    const props = readQueue(read, place);
    checkBesideStore(props, place);
    super(scope, id);
    try {
      const program = workerProgram(this, props);
      const deployment: ApiObject = new ApiObject(this, 'Resource', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: metadataOf(props.deploymentName),
        spec: Lazy.any({ produce: () => spec }),
      });
      const { name } = deployment;
      checkMadeName(this, 'deploymentName', name, nameSyntax(), 'Set `deploymentName`.');
      this.podSelector = { [WORKLOAD_LABEL]: name };
      const description = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'worker' };
      const labels = { ...descriptiveLabels(this, description), ...this.podSelector };
      for (const [key, value] of Object.entries(labels)) deployment.metadata.addLabel(key, value);

      this.queueName = props.queueName;
      this.redis = props.redis ?? persistentStore(this, name, props);
      this.bundle = workerBundle(this, name, props, program, description);
      const { bundle, redis, podSelector: selector } = this;
      const spec = deploymentSpec(workerPods(props), { labels, program, bundle, redis, selector });
      this.deployment = deployment;

      this.egressPolicy = egressPolicy(this, props, {
        name: `${name}-egress`,
        labels: descriptiveLabels(this, { ...description, 'app.kubernetes.io/component': 'egress' }),
        workloads: [name],
        stores: [redis],
      });
      this.podDisruptionBudget = podDisruptionBudget(this, props.podDisruptionBudget, { name, labels, selector });
      const { queueName, concurrency = DEFAULTS.concurrency } = props;
      const target = { name, labels, queueName, redis, concurrency };
      if (props.horizontalPodAutoscaler) {
        this.horizontalPodAutoscaler = horizontalPodAutoscaler(this, props.horizontalPodAutoscaler, target);
      }
      if (props.scaledObject) {
        const scaler = scaledObject(this, props.scaledObject, target, place.prop('scaledObject'));
        this.scaledObject = scaler.scaledObject;
        this.triggerAuthentication = scaler.triggerAuthentication;
        this.scalerNetworkPolicy = scaler.networkPolicy;
      }
      const store = objectsOf(redis);
      deployment.addDependency(...[this.egressPolicy, bundle, ...store].filter((object) => object !== undefined));
      this.node.defaultChild = deployment;
      refuseOthersOfItsNames(this);
      refuseOthersOfItsPods(this, deployment, name);
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
    return podSelectorConfig(this.podSelector, this.deployment.metadata.namespace);
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
}
