import { ApiObject, type Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { ENV } from '../../worker/contract';
import { SEAL } from '../../worker/scripts/seal';
import {
  type ContainerResources,
  descriptiveLabels,
  inMilliseconds,
  type JobMetadataProps,
  JobObject,
  type KueueQueueProps,
  type Labels,
  literal,
  type Manifest,
  type PodIds,
  type PodProps,
  renderPullSecrets,
  replaceablePodFields,
  ttlSecondsAfterFinished,
  WORKLOAD_LABEL,
} from '../kubernetes';
import { type ContractContainer, podFailurePolicy } from '../pod';
import type { RedisStore } from '../store';
import { refuseOtherFills, refuseOthersOfItsNames, refuseOthersOfItsPods } from '../tree';

/** What the Job of a fill is told, whatever the items come from. */
export interface Fill extends PodProps, JobMetadataProps {
  readonly name: string;
  readonly queueName: string;
  readonly redis: RedisStore;
  readonly storeTimeout?: Duration;
  readonly ttlAfterFinished?: Duration;
  readonly kueue?: KueueQueueProps;
  readonly labels?: Labels;
  /** Requests and limits of the container that runs redis-cli. */
  readonly cliResources?: ContainerResources;
}

/** The labels of all objects of a fill. */
export function fillLabels(scope: Construct, { name, labels }: Fill): Labels {
  const description = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'fill' };
  return { ...descriptiveLabels(scope, description), ...labels };
}

/** By what a policy finds the pods of a fill. */
export function fillSelector({ name }: Pick<Fill, 'name'>): Labels {
  return { [WORKLOAD_LABEL]: name };
}

/** The variables by which every container of a fill knows what it fills, and with what. */
export function fillEnvironment({ queueName, storeTimeout }: Fill, batch: string): Manifest[] {
  return [
    literal(ENV.queue, queueName),
    literal(ENV.batch, batch),
    ...(storeTimeout === undefined ? [] : [{ name: ENV.storeTimeout, value: String(inMilliseconds(storeTimeout)) }]),
  ];
}

/** What differs between the pods that fill. */
export interface FillPod {
  /** Whether the name of the Job ends in a hash of its pod. */
  readonly hashed: boolean;
  readonly backoffLimit: number;
  /** Names of the containers whose exit codes are judged. */
  readonly judged: readonly ContractContainer[];
  /** The ids that it runs with; none: those that the namespace gives. */
  readonly ids: PodIds | undefined;
  readonly labels: Labels;
  /** Fields of the pod besides those that all have. */
  readonly spec: Manifest;
}

/** The ConfigMap with the scripts of a fill. */
export function scriptsOfFill(scope: Construct, { name }: Fill, labels: Labels, scripts: Labels): ApiObject {
  return new ApiObject(scope, 'Scripts', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels },
    data: { 'seal.lua': SEAL.trimStart(), ...scripts },
  });
}

/** The Job of a fill, which its construct is known by. It is applied after what it reads. */
export function jobOfFill(scope: Construct, fill: Fill, labels: Labels, pod: FillPod, reads: ApiObject[]): ApiObject {
  const { name, redis, queueName, ttlAfterFinished, kueue } = fill;
  const selector = fillSelector(fill);
  const job = new JobObject(scope, 'Resource', { name, hashed: pod.hashed });
  const spec = {
    backoffLimit: pod.backoffLimit,
    podFailurePolicy: podFailurePolicy(...pod.judged),
    ttlSecondsAfterFinished: ttlSecondsAfterFinished(ttlAfterFinished),
    template: {
      metadata: { labels: { ...pod.labels, ...selector }, annotations: fill.podAnnotations },
      spec: {
        automountServiceAccountToken: false,
        enableServiceLinks: redis.serviceLinks,
        restartPolicy: 'Never',
        ...replaceablePodFields(fill, { ids: pod.ids, selector }),
        imagePullSecrets: renderPullSecrets(fill.imagePullSecrets, redis.imagePullSecrets),
        ...pod.spec,
      },
    },
  };
  job.define({ labels: { ...labels, ...fill.jobLabels }, annotations: fill.jobAnnotations, spec, kueue });
  job.addDependency(...reads);
  scope.node.defaultChild = job;
  refuseOthersOfItsNames(scope);
  refuseOthersOfItsPods(scope, job, name);
  refuseOtherFills(scope, { queueName, redis });
  return job;
}
