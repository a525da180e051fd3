import { type ApiObject, App, Chart } from 'cdk8s';
import { z } from 'zod';
import { FillJob, type FillJobProps, RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../../lib';
import { defineQueue } from '../../worker/queue';

// A queue of defineQueue in a chart: its name, and its items.

const thumbnails = defineQueue({
  name: 'thumbnails',
  schema: z.object({ url: z.url(), width: z.int(), at: z.iso.datetime().optional() }),
});
const THUMBNAILS = [
  { url: 'https://example.com/a.jpg', width: 200 },
  { url: 'https://example.com/{{b}}.jpg', width: 300 },
];
const fruit = defineQueue({ name: 'job2' });
const words = defineQueue({ name: 'words', schema: z.string() });

const newChart = () => new Chart(new App(), 'test');

function job(props: Partial<RedisWorkQueueJobProps>): unknown[] {
  const chart = newChart();
  new RedisWorkQueueJob(chart, 'it', { image: 'worker', jobName: 'it', ...props });
  return chart.toJson();
}

function fill(props: Partial<FillJobProps>): ApiObject[] {
  const chart = newChart();
  const redis = RedisStore.external(chart, 'redis', { host: 'redis.example.com' });
  new FillJob(chart, 'it', { name: 'fill', redis, items: [], ...props });
  return chart.toJson();
}

describe.each([
  ['a Job', job as (props: object) => unknown[]],
  ['a FillJob', fill as (props: object) => unknown[]],
])('%s', (_, make) => {
  test('takes the name and encodes the items', () => {
    const asStrings = make({ queueName: 'thumbnails', items: THUMBNAILS.map((item) => JSON.stringify(item)) });
    expect(make({ queue: thumbnails, items: THUMBNAILS })).toEqual(asStrings);
    expect(JSON.stringify(asStrings)).toContain('a.jpg');
  });

  test('takes items that the queue has encoded as they are', () => {
    expect(make({ queue: thumbnails, items: thumbnails.items(THUMBNAILS) })).toEqual(
      make({ queue: thumbnails, items: THUMBNAILS }),
    );
    expect(make({ queue: words, items: words.items(['"a"']) })).toEqual(make({ queue: words, items: ['"a"'] }));
  });

  test('takes text as it is', () => {
    expect(make({ queue: fruit, items: ['apple', '"', ''] })).toEqual(
      make({ queueName: 'job2', items: ['apple', '"', ''] }),
    );
  });

  test.each<[string, object, RegExp]>([
    [
      'of another shape',
      { queue: thumbnails, items: [...THUMBNAILS, { url: 'no', width: 1.5 }] },
      /^test\/it: items\[2\] is \{ url: 'no', width: 1\.5 \}\. The queue "thumbnails" does not take it: url: .*; width: .*[^.]\.$/,
    ],
    [
      'that is JSON already',
      { queue: thumbnails, items: [JSON.stringify(THUMBNAILS[0])] },
      /items\[0\] is ".*\. It is JSON already; with `queue`, give the item itself\.$/,
    ],
    [
      'whose JSON does not fit',
      { queue: defineQueue({ name: 'q', schema: z.date() }), items: [new Date(0)] },
      /items\[0\] is .*it fits the schema, but its JSON in the queue does not/,
    ],
    ['that is no string', { queue: fruit, items: ['a', 5] }, /items\[1\] is 5\. .*expected a string, got number 5\.$/],
    ['that is no text', { queue: fruit, items: ['\ud800'] }, /items\[0\] .*half of a surrogate pair/],
    ['that is nothing', { queue: fruit, items: [undefined] }, /items\[0\] is undefined\. .*expected a string/],
    [
      'of bytes',
      { queue: defineQueue({ name: 'q', payload: 'bytes' }), items: [Buffer.from('a')] },
      /items\[0\] is .*The queue "q" holds bytes, and items of a chart are text\. Fill it from a program/,
    ],
    [
      'of a schema that takes its time',
      { queue: defineQueue({ name: 'q', schema: z.string().refine(async () => true) }), items: ['a'] },
      /items\[0\] is "a"\. .*is asynchronous, and items are checked synchronously/,
    ],
    [
      'that another queue has encoded',
      { queue: thumbnails, items: fruit.items(['a']) },
      /items is "made by the queue job2"\. `queue` is "thumbnails"\. Give items of one queue/,
    ],
    ['without an array', { queue: thumbnails, items: 'apple' }, /items is "apple"\. It must be an array/],
    ['for nobody', { items: ['a'] }, /queueName is undefined\. It must name the Redis list/],
  ])('refuses an item %s', (_, props, message) => {
    expect(() => make(props)).toThrow(message);
  });
});

test('a definition is whatever has a name and encodes', () => {
  class Mine {
    public readonly name = 'mine';
    private readonly ending = '!';
    public encode(item: number) {
      return `${item}${this.ending}`;
    }
  }
  expect(job({ queue: new Mine(), items: [1, 2] })).toEqual(job({ queueName: 'mine', items: ['1!', '2!'] }));
});

test('a construct knows the queue by its name', () => {
  const queue = new RedisWorkQueueJob(newChart(), 'it', { queue: fruit, image: 'worker' });
  expect(queue.queueName).toBe('job2');
});

test('an item is encoded when the construct is made', () => {
  const item = { url: 'https://example.com/a.jpg', width: 200 };
  const chart = newChart();
  new RedisWorkQueueJob(chart, 'it', { image: 'worker', jobName: 'it', queue: thumbnails, items: [item] });
  item.width = 1.5;
  expect(chart.toJson()).toEqual(job({ queue: thumbnails, items: [{ ...item, width: 200 }] }));
});
