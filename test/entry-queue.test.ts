import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { InvalidPropError, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../lib';
import { DEFINED_IN } from '../worker/contract';
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
  let error: unknown;
  try {
    synth(props);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(InvalidPropError);
  expect((error as Error).message).toMatch(message);
});

describe('two definitions of one queue', () => {
  const Z = "import { z } from 'zod';\n";
  const url = source(
    'url.ts',
    `${Z}export const pages = defineQueue({ name: 'pages', schema: z.object({ url: z.url() }) });`,
  );
  const chart = (definedIn: string) => ({ ...defineQueue({ name: 'pages', schema }), [DEFINED_IN]: definedIn });
  const worker = (name: string, text: string) => source(name, `${text}\nrunWorker(pages, console.log);`);
  const own = (of: string) => `${Z}const pages = defineQueue({ name: 'pages', schema: ${of} });`;
  const compared = (entry: string, definedIn = url) =>
    synth({ queue: chart(definedIn), entry, bundling: { externalModules: ['zod'] } });

  test.each([
    ['an own one', worker('own.ts', own('z.object({ path: z.string() })'))],
    ['one of another file', worker('imported.ts', "import { pages } from './path';")],
    [
      'one by a variable',
      worker(
        'by-variable.ts',
        `${Z}const shape = z.array(z.url());\nconst pages = defineQueue({ schema: shape, name: 'pages' });`,
      ),
    ],
  ])('the schema of the worker is another: %s', (_, entry) => {
    source(
      'path.ts',
      `${Z}export const pages = defineQueue({ name: 'pages', schema: z.object({ path: z.string() }) });`,
    );
    expect(() => compared(entry)).toThrow(
      /Its runWorker is given a queue "pages" with another schema than that of the chart: z\..*, and there z\.object\(\{url:z\.url\(\)\}\)\. Import one queue of defineQueue in both\.$/,
    );
  });

  test.each([
    ['the definition of the chart', worker('same.ts', "import { pages } from './url';"), url],
    [
      'a copy of it',
      worker('copy.ts', `const z = require('zod').z2;${own(' z.object( { "url": z.url() } ) ').slice(Z.length)}`),
      url,
    ],
    [
      'a copy under another name',
      worker('renamed.ts', own('z.object({ url: z.url() })').replace(/\bz\b/g, 'z2').replace('z2 }', 'z as z2 }')),
      url,
    ],
    [
      'a schema that is imported',
      worker(
        'elsewhere.ts',
        "import { shape } from 'kit';\nconst pages = defineQueue({ name: 'pages', schema: shape });",
      ),
      url,
    ],
    [
      'another one, where nothing is known of that of the chart',
      worker('any.ts', own('z.any()')),
      join(folder, 'is-gone.ts'),
    ],
  ])('nothing is said of %s', (_, entry, definedIn) => {
    const externalModules = ['zod', 'kit'];
    expect(synth({ queue: chart(definedIn), entry, bundling: { externalModules } }).length).toBeGreaterThan(0);
  });

  test('a queue knows the file that defines it', () => {
    const queue = defineQueue({ name: 'pages' });
    expect((queue as { [DEFINED_IN]?: string })[DEFINED_IN]).toBe(__filename);
    expect(Object.getOwnPropertySymbols({ ...queue })).toEqual([]);
  });
});
