import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { quantile } from '../harness/clock';

interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** What a bystander waited for answers, in ms. */
export interface BystanderReport {
  readonly ping: Latency;
  readonly get: Latency;
}

/** Another client of the same Redis: a PING and a GET every few ms, until it is told to stop. */
async function main(): Promise<void> {
  const redis = new Redis(String(process.env.REDIS_URL));
  await redis.ping();
  const took = { ping: [] as number[], get: [] as number[] };
  let stopped = false;
  process.once('message', () => {
    stopped = true;
  });
  const measure = async (times: number[], ask: () => Promise<unknown>) => {
    const before = performance.now();
    await ask();
    times.push(performance.now() - before);
  };
  while (!stopped) {
    await measure(took.ping, () => redis.ping());
    await measure(took.get, () => redis.get('bystander'));
    await sleep(2);
  }
  const latency = (times: number[]): Latency => ({
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    most: Math.max(...times),
  });
  process.send?.({ ping: latency(took.ping), get: latency(took.get) } satisfies BystanderReport);
  redis.disconnect();
}

void main();
