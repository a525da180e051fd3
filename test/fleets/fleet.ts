import { Duration } from 'cdk8s';
import { CompletionMode, type RedisWorkQueueJobProps } from '../../lib';
import { EXIT } from '../../worker/contract';
import { ManifestJob } from '../endings/manifest-job';
import { renderJob } from '../endings/rendered-job';
import type { QueueUnderTest } from '../queue-under-test';
import { startWorker } from '../worker-process';

/** Fields that clusters from 1.27 to 1.30 leave out, with a warning. */
export type NewField = 'successPolicy' | 'backoffLimitPerIndex';

export interface FleetOptions {
  readonly workers: number;
  /** What the cluster leaves out of the manifest. @default - nothing */
  readonly pruned?: readonly NewField[];
}

const PROPS: Partial<RedisWorkQueueJobProps> = {
  completionMode: CompletionMode.INDEXED,
  lease: Duration.seconds(3),
  terminationGracePeriod: Duration.seconds(3),
  // An item may meet several workers that are killed.
  maxAttempts: 10,
  tolerateDeadLetters: true,
};

/** How many stay until the queue is drained, from index 0 on. */
const closersOf = (workers: number) => Math.ceil(workers / 10);

/** A Job whose idle workers leave, on the queue of a test. */
export class Fleet extends ManifestJob {
  readonly closers: number;

  constructor(
    private readonly queue: QueueUnderTest,
    { workers, pruned = [] }: FleetOptions,
  ) {
    const { url } = queue.server;
    const job = renderJob({ ...PROPS, queueName: queue.name, parallelism: workers });
    for (const field of pruned) delete (job.spec as Partial<Record<NewField, unknown>>)[field];
    super(job, (env) => startWorker({ url, env: { ...env, REDIS_URL: url, QUEUE: queue.name } }));
    this.closers = closersOf(workers);
  }

  /** Indexes whose pods have ended with 0. */
  get succeeded(): number[] {
    return this.gone.filter(({ code }) => code === EXIT.drained).map(({ place }) => place);
  }

  /** Changes how many workers there are, as `rwq scale` does. */
  scale(workers: number): void {
    this.patch({ parallelism: workers, completions: workers });
  }

  /** Resolves when so many workers have left, or more: where a lease lapses on a busy machine, the last item changes hands. */
  async left(count: number): Promise<void> {
    await this.queue.until(
      `${count} workers left`,
      async () => this.succeeded.length,
      (left) => left >= count,
    );
  }

  /** Resolves when so many items are done. */
  async done(count: number): Promise<void> {
    await this.queue.until(
      `${count} items done`,
      (redis) => redis.hget(this.queue.keys.meta, 'done'),
      (done) => Number(done) >= count,
    );
  }

  /** The worker that has begun an item, as soon as one has. */
  async holder(item: string): Promise<Holder> {
    const found = await this.queue.until(
      `${item} begun`,
      async () => this.holders(item),
      (pods) => pods.length > 0,
    );
    return found[0] as Holder;
  }

  /** Lets an item end that somebody has begun, in whosever hands it is until then. */
  async release(item: string): Promise<void> {
    await this.holder(item);
    const tell = () => {
      for (const { worker } of this.holders(item)) worker.tell(item);
    };
    const timer = setInterval(tell, 200);
    const over = () => clearInterval(timer);
    this.ended.then(over, over);
    tell();
  }

  private holders(item: string): Holder[] {
    return [...this.active].filter(({ worker }) => worker.count(`: ${item}`) > 0);
  }
}

type Holder = NonNullable<ReturnType<ManifestJob['at']>>;
