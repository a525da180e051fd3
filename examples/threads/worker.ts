import { runWorker } from 'cdk8s-redis-work-queue/worker';
import { Piscina } from 'piscina';
import { ranges } from './queue';

// A thread for each item that is in hand: neither waits for the other.
const threads = Number(process.env.WORK_QUEUE_CONCURRENCY ?? 1);
const pool = new Piscina({
  filename: require.resolve('./count'),
  minThreads: threads,
  maxThreads: threads,
  // One item that takes more fails by itself, instead of the pod with all that are in it.
  resourceLimits: { maxOldGenerationSizeMb: 128 },
});

runWorker(ranges, (range, { signal }) => pool.run(range, { signal }), { results: true });
