/*
 * A worker whose items say what is to be done with them: the first word of a payload is one of the words below, each
 * other payload is done at once. It writes a line when an item starts and one when it ends; a line on its standard input
 * that repeats a payload lets an item go that waits for it.
 *
 * QUEUE names the queue; OPTIONS holds options of runWorker as JSON; SAY=no keeps it from writing a line for each item.
 */
const { execFileSync } = require('node:child_process');
const { createInterface } = require('node:readline');
const { defineQueue, runWorker, UnrecoverableError } = require('cdk8s-redis-work-queue/worker');

// A line that waits in this process for a reader who is slow would not be seen before its thread turns again.
for (const { _handle } of [process.stdout, process.stderr]) _handle?.setBlocking?.(true);

const waiting = new Map();
createInterface({ input: process.stdin })
  .on('line', (line) => waiting.get(line)?.())
  // Whoever started it is gone.
  .on('close', () => process.kill(process.pid, 'SIGKILL'));
process.stdin.unref();

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, Number(ms)));
const aborted = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Whether nobody has asked for this file before. */
function isFirst(file) {
  try {
    require('node:fs').writeFileSync(file, '', { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

const uncaught = [];
let deepest = 0;

const words = {
  /** wait NAME: until told to go on */
  wait: (_, payload) => new Promise((resolve) => waiting.set(payload, resolve)),
  /** listen NAME: until told to go on, or until the signal is aborted, which is an error */
  listen: (_, payload, context) => Promise.race([words.wait(_, payload), aborted(context)]),
  sleep,
  spin(ms) {
    for (const until = performance.now() + Number(ms); performance.now() < until; );
  },
  /** spinUntil FILE: computes until there is such a file */
  spinUntil(file) {
    while (!require('node:fs').existsSync(file)) words.spin(20);
  },
  block: (ms) => block(Number(ms)),
  /** blockUntil FILE: blocks its thread until there is such a file */
  blockUntil(file) {
    while (!require('node:fs').existsSync(file)) block(20);
  },
  throw(message) {
    throw new Error(message);
  },
  reject: async (message) => {
    throw new Error(message);
  },
  /** flaky N: fails in the first N attempts */
  flaky(times, _, { attempt }) {
    if (attempt <= Number(times)) throw new Error(`attempt ${attempt} fails`);
  },
  unrecoverable(message) {
    throw new UnrecoverableError(message);
  },
  /** needs FILE: fails as long as there is no such file */
  needs: (file) => require('node:fs').accessSync(file),
  die: () => process.kill(process.pid, 'SIGKILL'),
  /** dieOnce FILE: kills its process the first time */
  dieOnce: (file) => isFirst(file) && words.die(),
  /** failOnce FILE: is a dead letter the first time */
  failOnce: (file) => isFirst(file) && words.unrecoverable('the first time'),
  /** uncaught N: so many of them throw together, as soon as all run */
  uncaught(together) {
    uncaught.push(() => {
      throw new Error('nobody catches this');
    });
    if (uncaught.length >= Number(together)) for (const each of uncaught) setTimeout(each);
    return sleep(60_000);
  },
  /** uncaughtLater NAME: throws where nobody catches it, when told to go on */
  uncaughtLater(name, payload) {
    const fail = () => {
      throw new Error('nobody catches this');
    };
    words.wait(name, payload).then(() => setTimeout(fail));
    return sleep(60_000);
  },
  /** exit CODE: ends the process by itself */
  exit: (code) => process.exit(Number(code)),
  /** exitOnTerm NAME: waits, and ends the process with 0 at SIGTERM, as a server that shuts down gracefully does */
  exitOnTerm(name, payload) {
    process.on('SIGTERM', () => process.exit(0));
    return words.wait(name, payload);
  },
  /** forget NAME: waits, and looks only then at a promise that the signal has rejected */
  async forget(name, payload, context) {
    const forgotten = aborted(context);
    await words.wait(name, payload);
    await forgotten;
  },
  /** Throws an error that does not let itself be looked at. */
  veiled() {
    throw Object.defineProperty(new Error('veiled'), 'stack', {
      get() {
        throw new Error('no look');
      },
    });
  },
  /** How deep in the stack a handler is. */
  depth(_, payload) {
    Error.stackTraceLimit = Number.POSITIVE_INFINITY;
    deepest = Math.max(deepest, new Error(payload).stack.split('\n').length);
    console.log(`deepest ${deepest}`);
  },
  hang: () => new Promise(() => {}),
  loop() {
    for (;;);
  },
  blockForever: () => block(Number.POSITIVE_INFINITY),
  /** A call that nothing in this process can interrupt. */
  stuck: () => execFileSync('sleep', ['60']),
  value: (json) => JSON.parse(json),
  /** large N: a result of so many characters */
  large: (length) => 'x'.repeat(Number(length)),
  /** waitLarge N: the same, when told to go on */
  waitLarge: (length, payload) => words.wait('', payload).then(() => words.large(length)),
  symbol: () => Symbol('has no JSON'),
  /** A thenable that keeps no promise: it answers twice. */
  // biome-ignore lint/suspicious/noThenProperty: this is what is tested
  twice: () => ({ then: (done) => [done(), done()] }),
  /** A promise by its class, which answers twice all the same. */
  twiceAPromise: () => new PromiseThatAnswersTwice((done) => done()),
};

class PromiseThatAnswersTwice extends Promise {
  // biome-ignore lint/suspicious/noThenProperty: this is what is tested
  then(done, failed) {
    return super.then((value) => {
      done(value);
      return done(value);
    }, failed);
  }
}

const WATCHED = ['wait', 'listen', 'sleep', 'hang'];

const schemas = {
  /** Takes until somebody lets the item go. */
  held: {
    validate: async (value) => {
      console.log(`validating ${value}`);
      await words.wait('', value);
      return { value };
    },
  },
  json: { validate: (value) => ({ value }) },
  slow: {
    validate: async (value) => {
      await sleep(1);
      return typeof value === 'string' ? { value } : { issues: [{ message: 'expected a string' }] };
    },
  },
};

const { QUEUE = 'job2', SCHEMA, PAYLOAD, OPTIONS = '{}', SAY, LOG } = process.env;
const throwing = (line) => {
  process.stderr.write(`${line}\n`);
  throw new Error('the log is full');
};
const schema = SCHEMA && { '~standard': { version: 1, vendor: 'test', ...schemas[SCHEMA] } };
const queue = defineQueue({ name: QUEUE, ...(schema && { schema }), ...(PAYLOAD && { payload: PAYLOAD }) });

/** What an item is called in a line. */
function labelOf(item) {
  const text =
    typeof item === 'string'
      ? item
      : item instanceof Uint8Array
        ? Buffer.from(item).toString('hex')
        : JSON.stringify(item);
  return text.length > 80 ? `${text.slice(0, 20)}… (${text.length})` : text;
}

runWorker(
  queue,
  (item, context) => {
    const label = labelOf(item);
    const say = (what) => SAY === 'no' || console.log(`${what} ${label}`);
    const [word, argument] = typeof item === 'string' ? item.split(' ') : [];
    say(`started [${context.id}] attempt ${context.attempt} token ${context.token} at ${Date.now()}:`);
    if (WATCHED.includes(word)) {
      context.signal.addEventListener('abort', () => console.log(`aborted ${label}: ${context.signal.reason.name}`));
    }
    const result = Object.hasOwn(words, word) ? words[word](argument, item, context) : undefined;
    if (result?.constructor !== Promise) {
      say('finished');
      return result;
    }
    return result.then((value) => {
      say('finished');
      return value;
    });
  },
  { ...JSON.parse(OPTIONS), ...(LOG === 'throws' && { log: { info: throwing, warn: throwing } }) },
);
