import type { EntryBundle } from '../entry';
import {
  inSeconds,
  type Labels,
  type Manifest,
  type PodIds,
  podSecurityContext,
  renderJobPlacement,
  renderPullSecrets,
} from '../kubernetes';
import { type After, type Gate, type Program, renderProgram, undefinedIfEmpty, userEnvironment } from '../pod';
import { connectionVolumes, type RedisStore } from '../store';
import type { WorkerProps } from './worker-props';

/** What the pods of workers consist of, besides their props. */
export interface WorkerParts {
  readonly labels: Labels;
  readonly program: Program;
  readonly bundle?: EntryBundle;
  readonly redis: RedisStore;
  readonly gate?: Gate;
  /** Holds the pods back until other queues are drained. */
  readonly after?: After;
  /** The variables that the construct sets. */
  readonly environment: readonly Manifest[];
  /** @default - that of the kind of object that makes the pods */
  readonly restartPolicy?: 'Never';
}

/** The ids that the pods of workers run with. */
export function podIds({ user = 1000, group = 1000, fsGroup = 1000 }: WorkerProps): PodIds {
  return { user, group, fsGroup };
}

/** The template of the pods of workers. */
export function workerTemplate(props: WorkerProps, parts: WorkerParts): Manifest {
  const { labels, bundle, redis, after } = parts;
  return {
    metadata: {
      labels: { ...bundle?._podLabels, ...labels, ...props.podLabels, ...redis.clientLabels, ...after?.clientLabels },
      annotations: props.podAnnotations,
    },
    spec: podSpec(props, parts),
  };
}

function podSpec(props: WorkerProps, parts: WorkerParts): Manifest {
  const { program, bundle, redis, gate, after, environment, restartPolicy } = parts;
  const { container, sidecars, initContainers, volumes } = renderProgram(props, {
    name: 'worker',
    program,
    entryBundle: bundle,
    redis,
    environment: [...environment, ...userEnvironment(props.env)],
  });
  return {
    automountServiceAccountToken: props.automountServiceAccountToken ?? false,
    enableServiceLinks: redis.serviceLinks || (after?.serviceLinks ?? false),
    restartPolicy,
    terminationGracePeriodSeconds: props.terminationGracePeriod && inSeconds(props.terminationGracePeriod),
    serviceAccountName: props.serviceAccount?.name,
    ...renderJobPlacement(props),
    imagePullSecrets: renderPullSecrets(
      props.imagePullSecrets,
      gate && redis.imagePullSecrets,
      after?.imagePullSecrets,
    ),
    securityContext: podSecurityContext(podIds(props)),
    initContainers: undefinedIfEmpty([
      // First: what follows may reach the network by them.
      ...sidecars,
      ...(after?.containers ?? []),
      ...(gate ? [gate.container] : []),
      // Last: they may need what an earlier stage made, and their work is in vain where there is nothing to do.
      ...initContainers,
    ]),
    containers: [container],
    volumes: undefinedIfEmpty([
      ...(after?.volumes ?? []),
      ...(gate ? [gate.volume] : []),
      ...connectionVolumes(redis),
      ...volumes,
    ]),
  };
}
