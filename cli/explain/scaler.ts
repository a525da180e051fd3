import { ITEMS_WAITING } from '../../worker/contract';
import type { Manifest } from './manifest';

/** What sets the number of workers while they run. */
export interface Scaler {
  readonly kind: string;
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** What there is a worker for each so many of; undefined where that is not the queue. */
  readonly itemsPerWorker: string | undefined;
  /** What it goes by. */
  readonly by: readonly string[];
  /** Seconds without anything to do before none runs. */
  readonly cooldown: number;
}

/** The scaler among the objects that sets the replicas of a workload. */
export function scalerOf(workload: Manifest, queue: string, objects: readonly Manifest[]): Scaler | undefined {
  const scaler = objects.find((each) => isScaler(each) && scales(each, workload));
  if (!scaler) return undefined;
  const { spec = {}, metadata } = scaler;
  const named = {
    kind: scaler.kind as string,
    name: metadata?.name ?? '(no name)',
    cooldown: spec.cooldownPeriod ?? 300,
  };
  if (scaler.kind === 'ScaledObject') {
    const { minReplicaCount: least = 0, maxReplicaCount: most = 100, triggers = [] } = spec;
    const list = triggers.find(({ type = '', metadata: of }) => /^redis/.test(type) && of?.listName === queue);
    const others = [...new Set(triggers.map(({ type }) => type ?? 'a trigger'))];
    return { ...named, least, most, itemsPerWorker: list && (list.metadata?.listLength ?? '5'), by: others };
  }
  const { minReplicas: least = 1, maxReplicas: most = least, metrics = [] } = spec;
  const waiting = metrics.find(({ external }) => external?.metric?.name === ITEMS_WAITING.metric);
  const by = metrics.map(
    ({ type, external, resource }) => external?.metric?.name ?? resource?.name ?? type ?? 'a metric',
  );
  return { ...named, least, most, itemsPerWorker: waiting?.external?.target?.averageValue, by };
}

function isScaler({ kind }: Manifest): boolean {
  return kind === 'ScaledObject' || kind === 'HorizontalPodAutoscaler';
}

function scales({ metadata, spec }: Manifest, workload: Manifest): boolean {
  const { kind = 'Deployment', name } = spec?.scaleTargetRef ?? {};
  return (
    name !== undefined &&
    name === workload.metadata?.name &&
    kind === workload.kind &&
    (metadata?.namespace ?? 'default') === (workload.metadata?.namespace ?? 'default')
  );
}
