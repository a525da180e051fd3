import { join } from 'node:path';
import { Chart, Testing } from 'cdk8s';
import { RedisWorkQueueDeployment } from '../lib';
import { LocalCluster } from '../local/cluster';
import { defineQueue, WorkQueue } from '../worker';
import { EXIT } from '../worker/contract';
import { useQueue } from './queue-under-test';

// A chart with a stream, as processes: what it renders is what its workers need to go on for ever.

const queue = useQueue();
let cluster: LocalCluster;

afterEach(() => cluster?.stop());

function manifests(version: string) {
  const chart = new Chart(Testing.app(), 'test');
  new RedisWorkQueueDeployment(chart, 'stream', {
    deploymentName: 'stream',
    queueName: 'stream',
    entry: join(__dirname, 'workers/stream.worker.ts'),
    env: { VERSION: version },
    replicas: 2,
  });
  return Testing.synth(chart);
}

test('workers of a chart are rolled while items come, and none is lost, charged or done by nobody', async () => {
  cluster = new LocalCluster({ redisUrl: queue.server.url }).apply(manifests('1'));
  queue.name = 'stream';
  const client = new WorkQueue(defineQueue({ name: 'stream' }), { url: queue.server.url });
  let pushed = 0;
  const flow = setInterval(() => void queue.push(`item-${pushed++}`), 20);
  try {
    const old = cluster.start('stream', { kind: 'Deployment' });
    expect(old).toHaveLength(2);
    await Promise.all(old.map((pod) => pod.line('version 1 has')));
    cluster.apply(manifests('2'));
    for (const pod of old) {
      const [fresh] = cluster.start('stream', { kind: 'Deployment', pods: 1 });
      await fresh?.line('version 2 has');
      pod.kill('SIGTERM');
      expect(await pod.ended).toBe(EXIT.terminated);
    }
  } finally {
    clearInterval(flow);
  }
  const allDone = () =>
    queue.until(
      'all are done',
      () => client.status(),
      ({ done }) => done === pushed,
    );
  await allDone();
  const pods = cluster.podsOf('stream');
  expect(pods.flatMap((pod) => pod.all(/attempt [2-9]/))).toEqual([]);
  // Sealed and done, a queue is drained for the workers of a Job.
  await client.seal();
  for (let more = 0; more < 3; more++) {
    await queue.push(`item-${pushed++}`);
    await allDone();
  }
  expect(pods.map(({ over }) => over)).toEqual([true, true, false, false]);
  await client.close();
});
