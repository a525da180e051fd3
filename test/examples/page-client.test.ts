import { Testing } from 'cdk8s';
import { RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import { LocalCluster } from '../../local/cluster';
import { useRedis } from '../redis-under-test';

const FRUIT = ['apple', 'banana', 'cherry', 'date', 'fig', 'grape', 'lemon', 'melon', 'orange'];

/** What the client of the Kubernetes walkthrough does with Redis, which is all that `image` workers have to. */
const PAGE_CLIENT = `
const Redis = require(${JSON.stringify(require.resolve('ioredis'))}).default;
const { createHash, randomUUID } = require('node:crypto');
const redis = new Redis(process.env.REDIS_URL);
const [main, session] = [process.env.WORK_QUEUE_NAME, randomUUID()];
const processing = main + ':processing';
const leaseOf = (item) => main + ':leased_by_session:' + createHash('sha224').update(item).digest('hex');
const empty = async () => (await redis.llen(main)) === 0 && (await redis.llen(processing)) === 0;

(async () => {
  console.log('Worker with sessionID: ' + session);
  console.log('Initial queue state: empty=' + ((await empty()) ? 'True' : 'False'));
  while (!(await empty())) {
    const item = await redis.brpoplpush(main, processing, 2);
    if (item === null) continue;
    await redis.setex(leaseOf(item), 10, session);
    console.log('Working on ' + item);
    await redis.lrem(processing, 0, item);
    await redis.del(leaseOf(item));
  }
  console.log('Queue empty, exiting');
  redis.disconnect();
})();
`;

const store = useRedis();
let cluster: LocalCluster;

beforeEach(() => store.redis.flushall());
afterEach(() => cluster?.stop());

function apply(items?: string[]) {
  const chart = Testing.chart();
  const props = { jobName: 'job-wq-2', queueName: 'job2', image: 'gcr.io/example/job-wq-2', parallelism: 2 };
  new RedisWorkQueueJob(chart, 'fruit', { ...props, ...(items && { items }) });
  cluster = new LocalCluster({ redisUrl: store.server.url }).apply(Testing.synth(chart));
}

const start = () => cluster.start('job-wq-2', { image: ['node', '-e', PAGE_CLIENT] });

test('the client of the walkthrough, held back by the gate, drains what the fill Job filled in', async () => {
  apply(FRUIT);
  const pods = start();
  await Promise.all(pods.map((pod) => pod.line(/^wait for the fill Job/)));
  expect(await cluster.run('job-wq-2-fill')).toEqual([0]);
  expect(await Promise.all(pods.map((pod) => pod.ended))).toEqual([0, 0]);
  expect(pods.flatMap((pod) => pod.all(/^Working on (.*)/)).sort()).toEqual(FRUIT);
  // Its keys are gone, and ours are there: neither took the other's.
  expect((await store.redis.keys('*')).sort()).toEqual(['{job2}:fills', '{job2}:meta']);
  expect(await store.redis.hmget('{job2}:meta', 'sealed', 'total')).toEqual(['1', '9']);
});

test('filled by hand: the gate waits for the first item', async () => {
  apply();
  const pods = start();
  await Promise.all(pods.map((pod) => pod.line(/^wait for the first item: rpush job2 ITEM/)));
  await store.redis.rpush('job2', ...FRUIT);
  expect(await Promise.all(pods.map((pod) => pod.ended))).toEqual([0, 0]);
  expect(pods.flatMap((pod) => pod.all(/^Working on (.*)/)).sort()).toEqual(FRUIT);
  for (const pod of pods) expect(pod.lines).toContain('Queue empty, exiting');
});

test('a pod that comes late, as a replacement, passes the gate though nothing is left', async () => {
  apply();
  await store.redis.rpush('job2', 'apple');
  const [first] = start();
  expect(await first?.ended).toBe(0);
  const [late] = start();
  expect(await late?.ended).toBe(0);
  expect(late?.lines).toContain('Initial queue state: empty=True');
});
