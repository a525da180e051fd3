import { DEFAULTS, ENV } from '../worker/contract';
import type { EntryBundle } from './entry';
import { type Fleet, fleetFields } from './fleet';
import {
  inSeconds,
  type Labels,
  type Manifest,
  type PodIds,
  podSecurityContext,
  renderJobPlacement,
  renderPullSecrets,
  ttlSecondsAfterFinished,
} from './kubernetes';
import {
  type After,
  type Gate,
  literal,
  type Program,
  podFailurePolicy,
  renderProgram,
  settingsEnvironment,
  undefinedIfEmpty,
  userEnvironment,
} from './pod';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
import { connectionVolumes, type RedisStore } from './store';

/** The Job's own label on its pods, which its uid is read from. */
const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';

/** What the pods of a Job consist of, besides its props. */
export interface JobParts {
  readonly labels: Labels;
  readonly program: Program;
  readonly bundle?: EntryBundle;
  readonly redis: RedisStore;
  readonly gate?: Gate;
  /** Holds the pods back until other queues are drained. */
  readonly after?: After;
  readonly fleet: Fleet;
  /** The variables that the construct sets. */
  readonly environment: readonly Manifest[];
}

/** What a worker is told besides its props. */
export interface Told {
  readonly batch: string | undefined;
  readonly gated: boolean;
  readonly fleet: Fleet;
}

/** The variables by which a worker knows its queue, and how to work through it. */
export function jobEnvironment(props: RedisWorkQueueJobProps, { batch, gated, fleet }: Told): Manifest[] {
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

/** The ids that the pods of a Job run with. */
export function podIds({ user = 1000, group = 1000, fsGroup = 1000 }: RedisWorkQueueJobProps): PodIds {
  return { user, group, fsGroup };
}

/** The spec of the Job. */
export function jobSpec(props: RedisWorkQueueJobProps, parts: JobParts): Manifest {
  const { labels, bundle, redis, gate, after, fleet } = parts;
  return {
    ...fleetFields(fleet),
    backoffLimit: props.backoffLimit ?? 10 * (props.maxAttempts ?? DEFAULTS.maxAttempts),
    activeDeadlineSeconds: props.activeDeadline && inSeconds(props.activeDeadline),
    ttlSecondsAfterFinished: ttlSecondsAfterFinished(props.ttlAfterFinished),
    suspend: props.suspend,
    podFailurePolicy: podFailurePolicy('worker', ...(gate ? (['gate'] as const) : []), ...(after?.names ?? [])),
    template: {
      metadata: {
        labels: { ...bundle?._podLabels, ...labels, ...props.podLabels, ...redis.clientLabels, ...after?.clientLabels },
        annotations: props.podAnnotations,
      },
      spec: podSpec(props, parts),
    },
  };
}

function podSpec(
  props: RedisWorkQueueJobProps,
  { program, bundle, redis, gate, after, environment }: JobParts,
): Manifest {
  const { container, volumes } = renderProgram(props, {
    name: 'worker',
    program,
    entryBundle: bundle,
    redis,
    environment: [...environment, ...userEnvironment(props.env)],
  });
  return {
    automountServiceAccountToken: props.automountServiceAccountToken ?? false,
    enableServiceLinks: redis.serviceLinks || (after?.serviceLinks ?? false),
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: props.terminationGracePeriod && inSeconds(props.terminationGracePeriod),
    serviceAccountName: props.serviceAccount?.name,
    ...renderJobPlacement(props),
    imagePullSecrets: renderPullSecrets(
      props.imagePullSecrets,
      gate && redis.imagePullSecrets,
      after?.imagePullSecrets,
    ),
    securityContext: podSecurityContext(podIds(props)),
    initContainers: undefinedIfEmpty([...(after?.containers ?? []), ...(gate ? [gate.container] : [])]),
    containers: [container],
    volumes: undefinedIfEmpty([
      ...(after?.volumes ?? []),
      ...(gate ? [gate.volume] : []),
      ...connectionVolumes(redis),
      ...volumes,
    ]),
  };
}
