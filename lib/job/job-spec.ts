import { DEFAULTS, ENV } from '../../worker/contract';
import { inSeconds, literal, type Manifest, ttlSecondsAfterFinished } from '../kubernetes';
import { fromField, podFailurePolicy, settingsEnvironment } from '../pod';
import type { NamedQueue } from '../props';
import { judgedWorker, type WorkerParts, workerTemplate } from '../workers';
import { type Fleet, fleetFields } from './fleet';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
import type { RunProps } from './run-props';

/** The Job's own label on its pods, which its uid is read from. */
const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';

/** What a Job consists of, besides its props. */
export interface JobParts extends WorkerParts {
  readonly fleet: Fleet;
}

/** What a worker is told besides its props. */
export interface Told {
  readonly batch: string | undefined;
  readonly gated: boolean;
  readonly fleet: Fleet;
}

/** The variables by which a worker knows its queue, and how to work through it. */
export function jobEnvironment(props: RedisWorkQueueJobProps & NamedQueue, { batch, gated, fleet }: Told): Manifest[] {
  return [
    literal(ENV.queue, props.queueName),
    ...podEnvironment(),
    ...(batch ? [literal(ENV.batch, batch)] : []),
    ...settingsEnvironment(props),
    ...(gated && batch ? [FILLED] : []),
    ...fleetEnvironment(fleet),
  ];
}

/** The worker comes after a container that has seen the queue sealed. */
export const FILLED: Manifest = { name: ENV.gate, value: 'filled' };

/** The variables by which a worker knows its run and its pod. */
export function podEnvironment(): Manifest[] {
  return [fromField(ENV.run, `metadata.labels['${CONTROLLER_UID}']`), fromField(ENV.worker, 'metadata.name')];
}

/** The variable by which a worker knows whether it may leave before the end. */
export function fleetEnvironment({ idleLeave, closers }: Fleet): Manifest[] {
  return idleLeave ? [{ name: ENV.leaveFromIndex, value: String(closers) }] : [];
}

/** The spec of the Job. */
export function jobSpec(props: RedisWorkQueueJobProps, parts: JobParts): Manifest {
  return {
    ...runSpec(props, parts),
    ttlSecondsAfterFinished: ttlSecondsAfterFinished(props.ttlAfterFinished),
    suspend: props.suspend,
  };
}

/** The part of the spec that all Jobs of workers have. */
export function runSpec(props: RunProps, parts: JobParts): Manifest {
  const { gate, after, filling, fleet } = parts;
  const judged = [...(gate ? (['gate'] as const) : []), ...(after?.names ?? []), ...(filling?.names ?? [])];
  return {
    ...fleetFields(fleet),
    backoffLimit: props.backoffLimit ?? 10 * (props.maxAttempts ?? DEFAULTS.maxAttempts),
    activeDeadlineSeconds: props.activeDeadline && inSeconds(props.activeDeadline),
    podFailurePolicy: podFailurePolicy(judgedWorker(parts.program), ...judged),
    template: workerTemplate(props, { ...parts, restartPolicy: 'Never' }),
  };
}
