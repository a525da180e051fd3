import { DEFAULTS, ENV } from '../../worker/contract';
import { labelsOfPods, type NamedContainer, onlyFill, variablesOf } from '../containers';

/** A Job as the Kubernetes API has it: what is read of it. */
export interface JobObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly parallelism?: number;
    readonly completions?: number;
    readonly completionMode?: string;
    readonly suspend?: boolean;
    readonly successPolicy?: { readonly rules?: readonly SuccessRule[] };
    readonly template: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly NamedContainer[] };
    };
  };
  readonly status?: {
    readonly succeeded?: number;
    readonly completedIndexes?: string;
    readonly failedIndexes?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface SuccessRule {
  readonly succeededIndexes?: string;
  readonly succeededCount?: number;
}

const ENDED = ['Complete', 'Failed', 'SuccessCriteriaMet', 'FailureTarget'];
const KUEUE = 'kueue.x-k8s.io/';

/** A Job whose pods are workers of a queue. */
export class WorkerJob {
  readonly name: string;
  readonly namespace: string | undefined;
  /** The queue, where the Job names it. */
  readonly queue: string | undefined;
  /** Items at once in one worker. */
  readonly concurrency: number;
  /** Seconds without a word after which a worker counts as dead. */
  readonly lease: number;
  readonly isIndexed: boolean;
  /** Why it has no pods, though it has not ended; undefined where it has. */
  readonly standstill: string | undefined;
  /** The lowest parallelism: Kubernetes keeps the indexes that the success policy names. */
  readonly least: number;
  /** Kueue refuses a parallelism that is not above this. */
  readonly above: number;
  /** The highest parallelism that makes a difference. */
  readonly most: number;
  private readonly localQueue: string | undefined;
  /** Indexes whose pod has ended for good, in order. */
  private readonly ended: readonly (readonly [number, number])[];

  constructor(private readonly object: JobObject) {
    const { metadata, spec, status = {} } = object;
    this.name = metadata.name;
    this.namespace = metadata.namespace;
    const env = variablesOfWorker(object);
    this.queue = env?.get(ENV.queue);
    this.concurrency = Number(env?.get(ENV.concurrency)) || DEFAULTS.concurrency;
    this.lease = (Number(env?.get(ENV.lease)) || DEFAULTS.lease) / 1_000;
    this.isIndexed = spec.completionMode === 'Indexed';
    this.localQueue = metadata.labels?.[`${KUEUE}queue-name`];
    this.above = Number(metadata.annotations?.[`${KUEUE}job-min-parallelism`]) || 0;
    const waits = this.localQueue === undefined ? 'is suspended' : `waits in Kueue's queue ${this.localQueue}`;
    this.standstill = spec.suspend ? waits : undefined;
    this.least = this.isIndexed ? leastCompletions(spec.successPolicy?.rules ?? []) : 1;
    this.most = this.isIndexed ? Number.POSITIVE_INFINITY : (spec.completions ?? Number.POSITIVE_INFINITY);
    this.ended = this.isIndexed ? [...ranges(status.completedIndexes), ...ranges(status.failedIndexes)] : [];
  }

  get isFill(): boolean {
    return onlyFill(this.object.spec.template.spec.containers);
  }

  get parallelism(): number {
    return this.object.spec.parallelism ?? 1;
  }

  /** Workers that there are, apart from those that have ended for good. */
  get workers(): number {
    return this.parallelism - this.endedBelow(this.parallelism);
  }

  /** The parallelism with which so many workers run beside the indexes that have ended: that of now, where it will do. */
  parallelismFor(workers: number): number {
    if (workers === this.workers && this.has(this.parallelism)) return this.parallelism;
    let parallelism = workers;
    for (;;) {
      const needed = workers + this.endedBelow(parallelism);
      if (needed === parallelism) return parallelism;
      parallelism = needed;
    }
  }

  /** Whether this is what its spec says already. */
  has(parallelism: number): boolean {
    const { completions } = this.object.spec;
    return this.parallelism === parallelism && (!this.isIndexed || completions === parallelism);
  }

  /** What becomes of the Job's spec. An Indexed Job has an index for each worker. */
  patchTo(parallelism: number): object {
    return { spec: { parallelism, ...(this.isIndexed && { completions: parallelism }) } };
  }

  /** Why its pods are no longer the Job controller's concern; undefined where they are. */
  get end(): string | undefined {
    const { metadata, status } = this.object;
    const ended = (status?.conditions ?? []).filter((each) => each.status === 'True').map(({ type }) => type);
    if (ended.some((type) => type === 'Failed' || type === 'FailureTarget'))
      return 'has failed. Delete it and apply again: a new Job goes on from there';
    if (ended.some((type) => ENDED.includes(type))) return 'is Complete';
    return metadata.deletionTimestamp === undefined ? undefined : 'is being deleted';
  }

  /** Why another number of workers would do harm or nothing; undefined where it would not. */
  get obstacle(): string | undefined {
    const { metadata, spec, status } = this.object;
    if (!this.isIndexed && spec.completions === undefined && (status?.succeeded ?? 0) > 0) {
      return `A worker of ${this.name} has ended with 0, because the queue was drained. Kubernetes starts no more pods of this Job: delete it and apply again.`;
    }
    const { localQueue } = this;
    if (localQueue === undefined || spec.suspend) return undefined;
    if (metadata.annotations?.[`${KUEUE}job-min-parallelism`] !== undefined) {
      return `${this.name} is in Kueue's queue ${localQueue} with ${KUEUE}job-min-parallelism, so Kueue has set its parallelism to what the quota allows and refuses another one while the Job runs.`;
    }
    if (metadata.annotations?.[`${KUEUE}elastic-job`] === 'true') return undefined;
    return `${this.name} is in Kueue's queue ${localQueue}, which admitted it with ${this.parallelism} pods. With another number Kueue stops all of them and lets the Job wait for quota again. Set the number before it is admitted, or annotate it with ${KUEUE}elastic-job where Kueue allows that.`;
  }

  private endedBelow(parallelism: number): number {
    return this.ended.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to + 1, parallelism) - from), 0);
  }
}

/** The variables of the container that names a queue, or else of the first one. */
function variablesOfWorker({ metadata, spec: { template } }: JobObject): ReadonlyMap<string, string> | undefined {
  const labels = labelsOfPods(metadata.name, template.metadata?.labels);
  const all = template.spec.containers.map((container) => variablesOf(container, labels));
  return all.find((variables) => variables.has(ENV.queue)) ?? all[0];
}

/** As many indexes as the rules need: those up to the highest that they name, and as many as they count. */
function leastCompletions(rules: readonly SuccessRule[]): number {
  const needed = rules.flatMap(({ succeededIndexes, succeededCount = 1 }) => [
    ...ranges(succeededIndexes).map(([, to]) => to + 1),
    succeededCount,
  ]);
  return Math.max(1, ...needed);
}

/** `1,3-5` → [1, 1], [3, 5]. */
function ranges(indexes = ''): [number, number][] {
  return indexes
    .split(',')
    .filter(Boolean)
    .map((range) => {
      const [from, to = from] = range.split('-').map(Number);
      return [from as number, to as number];
    });
}
