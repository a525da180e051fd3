import { LocalCluster } from '../../local/cluster';
import { useRedis } from '../redis-under-test';
import { synthesize } from './synthesize';

const shared = useRedis();
let cluster: LocalCluster;

afterEach(() => cluster?.stop());

test('each stage begins when those before it are drained, and is made from what they came to', async () => {
  cluster = new LocalCluster({ redisUrl: shared.server.url }).apply(await synthesize('stages'));
  const started = ['book', 'book-fill', 'index', 'index-fill', 'longest', 'longest-fill'].map((job) =>
    cluster.start(job),
  );
  const told = (job: string, queue: string) =>
    cluster.podsOf(job)[0]?.line(`wait for the queue ${queue}: it is not filled yet`);
  await Promise.all([told('index', 'chapters'), told('index-fill', 'chapters'), told('book', 'index')]);
  started.push(cluster.start('chapters-fill'), cluster.start('chapters'));
  const ended = await Promise.all(started.flat().map((pod) => pod.ended));
  expect(ended).toEqual(ended.map(() => 0));
  const [pod] = cluster.podsOf('book');
  expect(pod?.all(/^The book \| (.*)$/)).toEqual([
    [
      'One: storm',
      'Three: ship',
      'Two: harpooner',
      'a: One, Three',
      'and: One, Three, Two',
      'harpooner: Two',
      'sea: Three',
      'ship: One, Three',
      'storm: One, Two',
      'the: Three, Two',
      'whale: One',
    ].join(' | '),
  ]);
});
