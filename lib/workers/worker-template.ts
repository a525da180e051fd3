import type { EntryBundle } from '../entry';
import type { RunFillParts } from '../fill';
import {
  inSeconds,
  type Labels,
  type Manifest,
  type PodIds,
  renderPullSecrets,
  replaceablePodFields,
} from '../kubernetes';
import { type After, type Gate, type Program, renderProgram, undefinedIfEmpty, userEnvironment } from '../pod';
import { connectionVolumes, type RedisStore } from '../store';
import type { WorkerProps } from './worker-props';

/** What the pods of workers consist of, besides their props. */
export interface WorkerParts {
  readonly labels: Labels;
  /** Those of the labels by which pods of these workers, and no others, are found. */
  readonly selector: Labels;
  readonly program: Program;
  readonly bundle?: EntryBundle;
  readonly redis: RedisStore;
  readonly gate?: Gate;
  /** Holds the pods back until other queues are drained. */
  readonly after?: After;
  /** Fills the queue before the worker, in the same pod. */
  readonly filling?: RunFillParts;
  /** The variables that the construct sets. */
  readonly environment: readonly Manifest[];
  /** @default - that of the kind of object that makes the pods */
  readonly restartPolicy?: 'Never';
}

/** The ids that the pods of workers run with; none: those that the namespace gives. */
export function podIds({ idsFromNamespace, user, group, fsGroup }: WorkerProps, redis: RedisStore): PodIds | undefined {
  const given = [user, group, fsGroup].some((id) => id !== undefined);
  if (idsFromNamespace ?? (redis.idsFromNamespace && !given)) return undefined;
  return { user: user ?? 1000, group: group ?? 1000, fsGroup: fsGroup ?? 1000 };
}

/** The template of the pods of workers. */
export function workerTemplate(props: WorkerProps, parts: WorkerParts): Manifest {
  const { bundle, redis, after } = parts;
  const labels = {
    ...bundle?._podLabels,
    ...parts.labels,
    ...props.podLabels,
    ...redis.clientLabels,
    ...after?.clientLabels,
  };
  return {
    metadata: { labels, annotations: props.podAnnotations },
    spec: podSpec(props, parts),
  };
}

function podSpec(props: WorkerProps, parts: WorkerParts): Manifest {
  const { program, bundle, redis, gate, after, filling, environment, restartPolicy } = parts;
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
    ...replaceablePodFields(props, { ids: podIds(props, redis), selector: parts.selector }),
    imagePullSecrets: renderPullSecrets(
      props.imagePullSecrets,
      (gate || filling) && redis.imagePullSecrets,
      after?.imagePullSecrets,
    ),
    initContainers: undefinedIfEmpty([
      // First: what follows may reach the network by them.
      ...sidecars,
      ...(after?.containers ?? []),
      ...(filling?.containers ?? []),
      ...(gate ? [gate.container] : []),
      // Last: they may need what an earlier stage made, and their work is in vain where there is nothing to do.
      ...initContainers,
    ]),
    containers: [container],
    volumes: undefinedIfEmpty([
      ...(after?.volumes ?? []),
      ...(gate ? [gate.volume] : []),
      ...connectionVolumes(redis),
      ...ofPod(filling?.volumes ?? [], volumes),
    ]),
  };
}

/** The volumes of two programs, which may share some. */
function ofPod(some: readonly Manifest[], more: readonly Manifest[]): Manifest[] {
  return [...some, ...more.filter((volume) => !some.some((each) => isSame(each, volume)))];
}

function isSame(one: Manifest, other: Manifest): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
