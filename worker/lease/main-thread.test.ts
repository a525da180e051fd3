import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Watches the main thread while it sleeps, computes and sleeps again, and says what it saw. */
const WATCHER = `
const { MAIN_THREAD } = require(${JSON.stringify(join(__dirname, '../../build/worker/lease/main-thread.js'))});
const { parentPort, workerData: word } = require('node:worker_threads');
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const until = (done) => { while (!done()) sleep(1); };
const go = (turn) => { Atomics.store(word, 0, turn); Atomics.notify(word, 0); };
const ran = () => MAIN_THREAD.time().ran;

until(() => !MAIN_THREAD.isRunnable());
go(1);
const before = ran();
until(() => ran() - before >= 50);
const computing = MAIN_THREAD.isRunnable();
go(2);
until(() => !MAIN_THREAD.isRunnable());
const asleep = ran();
sleep(100);
const sleeping = MAIN_THREAD.isRunnable();
parentPort.postMessage({ computing, sleeping, ranAsleep: ran() - asleep });
go(3);
`;

const WATCHED = `
const { Worker } = require('node:worker_threads');
const word = new Int32Array(new SharedArrayBuffer(4));
const watcher = new Worker(${JSON.stringify(WATCHER)}, { eval: true, workerData: word });
watcher.on('message', (seen) => console.log(JSON.stringify(seen)));
watcher.on('online', () => {
  Atomics.wait(word, 0, 0);
  while (Atomics.load(word, 0) === 1);
  Atomics.wait(word, 0, 2);
});
`;

if (existsSync('/proc/self/schedstat')) {
  test('another thread can tell a main thread that computes from one that sleeps', () => {
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', WATCHED], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { ranAsleep, ...seen } = JSON.parse(stdout);
    expect(seen).toEqual({ computing: true, sleeping: false });
    expect(ranAsleep).toBeLessThan(50);
  });
} else {
  const why = 'there is no /proc/self/schedstat';
  test(`what Linux says of the main thread was NOT TESTED: ${why}`, () => console.warn(why));
}
