import { agentContainer, programOfAgent, sharesProcesses } from '../agent';
import { commandRun } from '../command';
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
import {
  type After,
  type Gate,
  type Program,
  type RenderedProgram,
  renderProgram,
  undefinedIfEmpty,
  userEnvironment,
} from '../pod';
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

/** The container whose exit code tells how the work went. */
export function judgedWorker({ own }: Program): 'agent' | 'worker' {
  return own === 'agent' ? 'agent' : 'worker';
}

/** Which container `kubectl logs` and `kubectl exec` mean, where a pod has several. */
const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** The template of the pods of workers. */
export function workerTemplate(props: WorkerProps, parts: WorkerParts): Manifest {
  const { program, bundle, redis, after } = parts;
  const labels = {
    // A program of this package is not the version of what it runs.
    ...(program.own ? {} : bundle?._podLabels),
    ...parts.labels,
    ...props.podLabels,
    ...redis.clientLabels,
    ...after?.clientLabels,
  };
  const annotations =
    program.own === 'agent' ? { [DEFAULT_CONTAINER]: 'worker', ...props.podAnnotations } : props.podAnnotations;
  return {
    metadata: { labels, annotations },
    spec: podSpec(props, parts),
  };
}

function podSpec(props: WorkerProps, parts: WorkerParts): Manifest {
  const { program, redis, gate, after, filling, restartPolicy } = parts;
  const { container, program: beside, sidecars, initContainers, volumes } = renderWorker(props, parts);
  return {
    automountServiceAccountToken: props.automountServiceAccountToken ?? false,
    enableServiceLinks: redis.serviceLinks || (after?.serviceLinks ?? false),
    restartPolicy,
    shareProcessNamespace: seesAllProcesses(program, props) ? true : undefined,
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
      ...(beside ? [beside] : []),
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

/** An agent sees by that when its program has ended; beside commands, it is the pod that waits for what they leave behind. */
function seesAllProcesses({ own }: Program, props: WorkerProps): boolean {
  return own === 'command' || (own === 'agent' && sharesProcesses(props));
}

/** What does the work of a pod. */
interface RenderedWorker extends RenderedProgram {
  /** The program that an agent works for, which goes on running beside it. */
  readonly program?: Manifest;
}

function renderWorker(props: WorkerProps, { program, bundle, redis, environment }: WorkerParts): RenderedWorker {
  const own = userEnvironment(props.env);
  const options = { name: 'worker', program };
  const run = program.own && bundle?._runOwn();
  if (!run)
    return renderProgram(props, { ...options, entryBundle: bundle, redis, environment: [...environment, ...own] });
  if (program.own === 'command') {
    const ofItems = commandRun(props, run);
    return renderProgram(props, { ...options, run: ofItems, redis, environment: [...environment, ...own] });
  }
  const ofAgent = programOfAgent(props, environment);
  const rendered = renderProgram(props, {
    ...options,
    run: { mounts: ofAgent.mounts, volumes: [...run.volumes, ...ofAgent.volumes] },
    environment: [...ofAgent.environment, ...own],
  });
  return {
    ...rendered,
    container: agentContainer(props, { run, redis, environment }),
    program: { ...rendered.container, restartPolicy: 'Always' },
  };
}

/** The volumes of two programs, which may share some. */
function ofPod(some: readonly Manifest[], more: readonly Manifest[]): Manifest[] {
  return [...some, ...more.filter((volume) => !some.some((each) => isSame(each, volume)))];
}

function isSame(one: Manifest, other: Manifest): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
