import { DEFAULTS, ENV } from '../../worker/contract';
import { inSeconds, type Manifest, ttlSecondsAfterFinished } from '../kubernetes';
import { literal, podFailurePolicy, settingsEnvironment } from '../pod';
import type { NamedQueue } from '../props';
import { type WorkerParts, workerTemplate } from '../workers';
import { type Fleet, fleetFields } from './fleet';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';

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
    { name: ENV.run, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${CONTROLLER_UID}']` } } },
    { name: ENV.worker, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...(batch ? [literal(ENV.batch, batch)] : []),
    ...settingsEnvironment(props),
    ...(gated && batch ? [{ name: ENV.gate, value: 'filled' }] : []),
    ...(fleet.idleLeave ? [{ name: ENV.leaveFromIndex, value: String(fleet.closers) }] : []),
  ];
}

/** The spec of the Job. */
export function jobSpec(props: RedisWorkQueueJobProps, parts: JobParts): Manifest {
  const { gate, after, fleet } = parts;
  return {
    ...fleetFields(fleet),
    backoffLimit: props.backoffLimit ?? 10 * (props.maxAttempts ?? DEFAULTS.maxAttempts),
    activeDeadlineSeconds: props.activeDeadline && inSeconds(props.activeDeadline),
    ttlSecondsAfterFinished: ttlSecondsAfterFinished(props.ttlAfterFinished),
    suspend: props.suspend,
    podFailurePolicy: podFailurePolicy('worker', ...(gate ? (['gate'] as const) : []), ...(after?.names ?? [])),
    template: workerTemplate(props, { ...parts, restartPolicy: 'Never' }),
  };
}
