import { LocalCluster } from '../../local/cluster';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { synthesize } from './synthesize';

let server: RedisServer;
let cluster: LocalCluster;

beforeEach(async () => {
  server = await startRedisServer();
});

afterEach(async () => {
  await cluster?.stop();
  await server.stop();
});

test('nine fruits, applied all at once as kubectl does: each worked on once, by two pods that exit 0', async () => {
  cluster = new LocalCluster({ redisUrl: server.url }).apply(await synthesize('..'));
  const pods = cluster.start('job-wq-2');
  const [fill] = cluster.start('job-wq-2-fill');
  expect(await fill?.ended).toBe(0);
  expect(await Promise.all(pods.map((pod) => pod.ended))).toEqual([0, 0]);
  const fruit = ['apple', 'banana', 'cherry', 'date', 'fig', 'grape', 'lemon', 'melon', 'orange'];
  expect(pods.flatMap((pod) => pod.all(/^Working on (.*)/)).sort()).toEqual(fruit);
  for (const pod of pods) {
    expect(pod.lines).toContainEqual(expect.stringMatching(/^Worker with sessionID: /));
    expect(pod.lines).toContainEqual(expect.stringMatching(/^Initial queue state: empty=(True|False)$/));
  }
});
