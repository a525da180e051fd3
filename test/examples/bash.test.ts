import { join } from 'node:path';
import { LocalCluster } from '../../local/cluster';
import { defineQueue, WorkQueue } from '../../worker';
import { useQueue } from '../queue-under-test';
import { synthesize } from './synthesize';

const WORKER = join(__dirname, '../../examples/bash/worker.sh');

const redis = useQueue();

test('nine fruits, two workers in bash, each fruit once', async () => {
  const cluster = new LocalCluster({ redisUrl: redis.server.url }).apply(await synthesize('bash'));
  const queue = new WorkQueue(defineQueue({ name: 'fruit-bash' }), { url: redis.server.url });
  try {
    expect(await cluster.run('fruit-bash-fill')).toEqual([0]);
    const job = cluster.startJob('fruit-bash', { image: ['bash', WORKER] });
    await expect(job.ended).resolves.toMatchObject({ condition: 'Complete' });
    const results: unknown[] = [];
    for await (const { result } of queue.results()) results.push(result);
    const fruits = ['apple', 'banana', 'cherry', 'date', 'fig', 'grape', 'lemon', 'melon', 'orange'];
    expect(results.sort()).toEqual(fruits.map((fruit) => `Working on ${fruit}`));
  } finally {
    await queue.close();
    await cluster.stop();
  }
});
