import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { InvalidPropError, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../lib';
import { defineQueue, type StandardSchema } from '../worker/queue';

// The queue that an entry works on is that of the chart, or synth says so; what the code says of it is read in
// lib/entry/queues-in-code.ts.

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'entry-queue-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function source(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, `import { defineQueue, runFiller, runWorker } from 'cdk8s-redis-work-queue/worker';\n${text}`);
  return file;
}

writeFileSync(join(folder, 'package.json'), '{}');
const WORKER = source('worker.js', "runWorker(defineQueue({ name: 'job2' }), console.log);");
const FILLER = source('filler.js', "runFiller(defineQueue({ name: 'job2' }), ['apple']);");
const UNKNOWN = source('unknown.js', 'runWorker(defineQueue({ name: process.env.WORK_QUEUE_NAME }), console.log);');

const schema: StandardSchema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };

function synth(props: Partial<RedisWorkQueueJobProps>) {
  const chart = new Chart(new App(), 'test');
  new RedisWorkQueueJob(chart, 'it', props);
  return chart.toJson();
}

test.each<[string, Partial<RedisWorkQueueJobProps>]>([
  ['the name', { queueName: 'job2', entry: WORKER }],
  ['the queue', { queue: defineQueue({ name: 'job2' }), entry: WORKER, items: ['apple'] }],
  ['a definition that does not say what its items are', { queue: { name: 'job2', encode: String }, entry: WORKER }],
  ['the queue of its filler', { queueName: 'job2', image: 'worker', filler: { entry: FILLER } }],
  ['another one, where the code does not tell', { queueName: 'other', entry: UNKNOWN }],
])('%s is that of the entry', (_, props) => {
  expect(synth(props).length).toBeGreaterThan(0);
});

test.each<[string, Partial<RedisWorkQueueJobProps>, RegExp]>([
  [
    'another name',
    { queueName: 'job3', entry: WORKER },
    /^test\/it: entry is ".*worker\.js"\. Its runWorker is given the queue "job2", and that of the chart is "job3"\. Use one queue/,
  ],
  ['another queue', { queue: defineQueue({ name: 'job3' }), entry: WORKER }, /is "job3"/],
  [
    'a queue with a schema',
    { queue: defineQueue({ name: 'job2', schema }), entry: WORKER },
    /Its runWorker takes the items of the queue "job2" for strings, and by the `queue` of the chart they are JSON, checked by a schema\./,
  ],
  ['a queue of bytes', { queue: defineQueue({ name: 'job2', payload: 'bytes' }), entry: WORKER }, /they are bytes\./],
  [
    'another name, for a filler',
    { queueName: 'job3', image: 'worker', filler: { entry: FILLER } },
    /: filler\.entry is ".*filler\.js"\. Its runFiller is given the queue "job2", and that of the chart is "job3"/,
  ],
  [
    'a queue with a schema, for a filler',
    { queue: defineQueue({ name: 'job2', schema }), image: 'worker', filler: { entry: FILLER } },
    /Its runFiller takes the items/,
  ],
])('%s is refused', (_, props, message) => {
  expect(() => synth(props)).toThrow(message);
  expect(() => synth(props)).toThrow(InvalidPropError);
});
