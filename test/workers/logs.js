const { writeSync } = require('node:fs');
const { defineQueue, runWorker } = require('cdk8s-redis-work-queue/worker');

/** What a worker under test does with an item: its text says it. */
const hooksCalled = [];
const handlers = {
  say: (_, { log }) => {
    log('one\ntwo', { width: 3, id: 'own' });
    log.debug('looked');
    log.error('no upload', new TypeError('no', { cause: new Error('gone') }));
  },
  fail: (item) => {
    throw new Error(`HTTP ${item[1]} for https://example.com/${item[2]}`);
  },
  hang: () => new Promise(() => {}),
  write: (item, { log }) => {
    for (let i = 0; i < Number(item[1]); i++) log(`${i} `.padEnd(1_000, 'x'));
  },
};
const broken = () => {
  throw new Error('a broken hook');
};

const { LOG, HOOKS } = process.env;
const options = {
  backoff: { base: 1, max: 1 },
  ...(LOG === 'pino' && { log: require('pino')({ level: 'debug' }) }),
  ...(HOOKS === 'broken' && { onStart: broken, onDone: async () => broken(), onError: broken }),
  ...(HOOKS === 'write' && {
    onError: ({ id, attempt, item, error, duration, willRetry }) =>
      writeSync(1, `${JSON.stringify({ hook: [id, attempt, item, String(error), duration > 5_000, willRetry] })}\n`),
  }),
  ...(HOOKS === 'list' && {
    onStart: ({ id, attempt, item }) => hooksCalled.push(['start', id, attempt, item]),
    onDone: ({ id, attempt, item, duration }) => hooksCalled.push(['done', id, attempt, item, duration >= 0]),
    onError: ({ id, attempt, item, error, duration, willRetry }) =>
      hooksCalled.push(['error', id, attempt, item, error.message, duration >= 0, willRetry]),
    finally: { run: ({ log }) => log('hooks', { hooksCalled }), when: 'always' },
  }),
  ...(process.env.BATCH && { batch: { size: 2, wait: 60_000 } }),
};
const handle = (item, context) => {
  const words = item.split(' ');
  return handlers[words[0]](words, context);
};
const handleAll = async (items, context) => {
  for (const [i, item] of items.entries()) {
    try {
      await handle(item, context);
    } catch (error) {
      context.fail(i, error);
    }
  }
};
runWorker(defineQueue({ name: process.env.QUEUE }), process.env.BATCH ? handleAll : handle, options);
