import { LocalCluster } from '../../local/cluster';
import { defineQueue, WorkQueue } from '../../worker';
import { useQueue } from '../queue-under-test';
import { synthesize } from './synthesize';

const redis = useQueue();

test('a process for each item, whose output is its result', async () => {
  const cluster = new LocalCluster({ redisUrl: redis.server.url }).apply(await synthesize('commands'));
  const queue = new WorkQueue(defineQueue({ name: 'factors' }), { url: redis.server.url });
  try {
    expect(await cluster.run('factors-fill')).toEqual([0]);
    const job = cluster.startJob('factors');
    await expect(job.ended).resolves.toMatchObject({ condition: 'Complete' });
    const results: unknown[] = [];
    for await (const { result } of queue.results()) results.push(result);
    expect(results.map((each) => String(each).trim()).sort()).toEqual([
      '1001: 7 11 13',
      '123456789: 3 3 3607 3803',
      '2147483647: 2147483647',
      '42: 2 3 7',
      '65537: 65537',
      '9007199254740991: 6361 69431 20394401',
    ]);
  } finally {
    await queue.close();
    await cluster.stop();
  }
});
