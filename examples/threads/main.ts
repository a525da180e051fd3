import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { CompletionMode, RedisStore, RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import type { Construct } from 'constructs';
import { ranges } from './queue';

const THREADS = 4;

export interface CountPrimesProps {
  /** The image that the Dockerfile makes. */
  readonly image: string;
  /** Primes below this number are counted: below a million, there are 78,498. */
  readonly below: number;
}

/** Counts primes on all cores of a few large pods. */
export class CountPrimes extends Chart {
  constructor(scope: Construct, id: string, { image, below }: CountPrimesProps) {
    super(scope, id);

    const step = Math.ceil(below / 40);
    const items = Array.from({ length: 40 }, (_, i) => ({ from: Math.max(2, i * step), to: (i + 1) * step }));
    new RedisWorkQueueJob(this, 'primes', {
      jobName: 'count-primes',
      queue: ranges,
      items: ranges.items(items),
      image,
      // The image runs `runWorker`.
      completionMode: CompletionMode.INDEXED,
      redis: RedisStore.pod(this, 'redis', { serviceName: 'primes-redis' }),
      parallelism: 3,
      // As many items as threads, and a core for each of them.
      concurrency: THREADS,
      resources: {
        cpu: { request: kplus.Cpu.units(THREADS) },
        memory: { request: Size.mebibytes(768), limit: Size.mebibytes(768) },
      },
      // A thread that is past this is ended, and its item tried again.
      itemTimeout: Duration.minutes(10),
    });
  }
}

if (require.main === module) {
  const app = new App();
  new CountPrimes(app, 'primes', {
    image: process.env.IMAGE ?? 'registry.example/count-primes:1',
    below: Number(process.env.BELOW ?? 20_000_000),
  });
  app.synth();
}
