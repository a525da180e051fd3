import { ENV } from '../../worker/contract';
import { literal, type Manifest } from '../kubernetes';
import { settingsEnvironment } from '../pod';
import type { NamedQueue } from '../props';
import { type WorkerParts, workerTemplate } from '../workers';
import type { RedisWorkQueueDeploymentProps } from './redis-work-queue-deployment-props';
import { renderStrategy } from './strategy';

/** A worker that ends within so many seconds stops a roll-out. */
const MIN_READY_SECONDS = 10;

/** What Kubernetes leaves to a worker for its start before it calls a roll-out stuck. */
const PROGRESS_SECONDS = 600;

/** What a Deployment consists of, besides its props. */
export type DeploymentParts = Omit<WorkerParts, 'environment' | 'gate' | 'after' | 'restartPolicy'>;

/** The spec of the Deployment. */
export function deploymentSpec(props: RedisWorkQueueDeploymentProps & NamedQueue, parts: DeploymentParts): Manifest {
  const { minReadySeconds = MIN_READY_SECONDS } = props;
  const isScaled = props.scaledObject !== undefined || props.horizontalPodAutoscaler !== undefined;
  return {
    // What scales the workers says so; a number here would undo that with each apply.
    replicas: isScaled ? undefined : (props.replicas ?? 1),
    selector: { matchLabels: parts.selector },
    strategy: renderStrategy(props.strategy),
    minReadySeconds,
    // Kubernetes refuses a Deployment whose workers are ready later than this.
    progressDeadlineSeconds: minReadySeconds > MIN_READY_SECONDS ? minReadySeconds + PROGRESS_SECONDS : undefined,
    template: workerTemplate(props, { ...parts, environment: environmentOf(props) }),
  };
}

/** The variables by which a worker knows its queue, and that it never ends. */
function environmentOf(props: RedisWorkQueueDeploymentProps & NamedQueue): Manifest[] {
  return [
    literal(ENV.queue, props.queueName),
    { name: ENV.worker, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...settingsEnvironment(props),
    { name: ENV.endless, value: 'true' },
  ];
}
