import { App, Chart } from 'cdk8s';
import { Cpu, RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from 'cdk8s-redis-work-queue';
import { defineQueue, runWorker, WorkQueue } from 'cdk8s-redis-work-queue/worker';

const props: RedisWorkQueueJobProps = {
  queueName: 'job2',
  image: 'registry.example/worker:1',
  parallelism: 2,
  imagePullSecrets: [{ name: 'regcred' }],
  resources: { cpu: { request: Cpu.millis(500) } },
  volumeMounts: [{ mountPath: '/scratch', volume: { name: 'scratch', emptyDir: {} } }],
};
const chart = new Chart(new App(), 'consumer');
new RedisWorkQueueJob(chart, 'fruit', { ...props, redis: RedisStore.pod(chart, 'redis') });

const fruit = defineQueue({ name: 'job2' });
export const queue = new WorkQueue(fruit, { url: 'redis://127.0.0.1:6379' });
export const run = () => runWorker(fruit, async (item, { signal }) => [item.toUpperCase(), signal.aborted]);

// @ts-expect-error a worker needs a handler
export const wrong = () => runWorker(fruit);
