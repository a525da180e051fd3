/**
 * The process of the simulated incarnations of a run. Each line of its input is something that befalls a part of them:
 * `die 0.5`, `silent 0.5 4000`; each line of its output the end of one: `3 0`, its place and the exit code that a worker
 * would have.
 */
import { createInterface } from 'node:readline';
import { WorkQueueError } from '../worker/errors';
import { Connection } from '../worker/redis';
import { readSettings } from '../worker/settings';
import { now } from './handler-log';
import { Random } from './random';
import { Simulated } from './simulated';

/** All of them share so many connections. */
const CONNECTIONS = 4;
const TICK = 50;

const { CHAOS_LOG: log = '', CHAOS_INCARNATIONS: count, CHAOS_SEED: seed } = process.env;
const settings = readSettings(process.env);
const silent = { info: () => {}, warn: () => {} };
const connections = Array.from(
  { length: CONNECTIONS },
  () => new Connection(settings.store, { patience: settings.storeTimeout, log: silent, name: 'incarnations' }),
);
const random = new Random(Number(seed));
const all = Array.from({ length: Number(count) }, (_, place) => {
  const connection = connections[place % CONNECTIONS] as Connection;
  const queue = settings.queue as string;
  return new Simulated({ connection, queue, settings, name: `simulated-${place}`, log: `${log}-${place}.log` });
});

async function run(one: Simulated, place: number): Promise<void> {
  let code = 0;
  try {
    await one.run();
  } catch (error) {
    code = error instanceof WorkQueueError ? error.exitCode : 1;
    console.error(`simulated-${place}: ${error instanceof Error ? error.stack : error}`);
  }
  console.log(`${place} ${code}`);
}

/** Those first that hold something: with them there is something to take back. */
function some(share: number): Simulated[] {
  const shuffled = random.shuffle(all);
  const busy = shuffled.filter(({ holds }) => holds);
  return [...busy, ...shuffled.filter(({ holds }) => !holds)].slice(0, Math.ceil(share * all.length));
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [what, share, ms] = line.split(' ');
  for (const one of some(Number(share))) {
    if (what === 'die') one.die();
    else one.fallSilent(Number(ms));
  }
});

let before = now();
setInterval(() => {
  const at = now();
  if (at - before > settings.lease / 4 + TICK) for (const one of all) one.stalled(before, at);
  before = at;
}, TICK);

Promise.all(all.map(run)).then(() => process.exit(0));
