import { Chart, Size, Testing } from 'cdk8s';
import { FillJob, RedisStore } from '../index';

const MIB = 1_048_576;

function storeOf(memory: Size) {
  const chart = new Chart(Testing.app(), 'test');
  const redis = RedisStore.pod(chart, 'redis', { memory });
  let fills = 0;
  return (queueName: string, mebibytes: number) =>
    new FillJob(chart, `fill-${fills++}`, {
      name: `fill-${fills}`,
      queueName,
      redis,
      items: Array.from({ length: 16 * mebibytes }, () => 'x'.repeat(MIB / 16)),
    });
}

test('memory is checked against what the items of all queues take', () => {
  const fill = storeOf(Size.mebibytes(64));
  for (let n = 1; n <= 11; n++) fill(`queue-${n}`, 3);
  expect(() => fill('queue-12', 3)).toThrow(
    'test/redis: memory is "64Mi". The items of its 12 queues take 38 MiB in Redis, which may fill 60 % of its memory: ' +
      'Size.mebibytes(69) or more.',
  );
  expect(() => fill('queue-12', 0)).not.toThrow();
});

test('with what the message says, they fit', () => {
  const fill = storeOf(Size.mebibytes(69));
  for (let n = 1; n <= 12; n++) fill(`queue-${n}`, 3);
});

test('a store that exists has a memory that nobody here knows', () => {
  const chart = new Chart(Testing.app(), 'test');
  const redis = RedisStore.external(chart, 'redis', { host: 'redis.example.com' });
  const items = Array.from({ length: 48 }, () => 'x'.repeat(MIB / 16));
  for (let n = 1; n <= 14; n++) {
    new FillJob(chart, `fill-${n}`, { name: `fill-${n}`, queueName: `q${n}`, redis, items });
  }
});
