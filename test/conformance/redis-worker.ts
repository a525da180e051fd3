import { setTimeout as sleep } from 'node:timers/promises';
import { runWorker, type WorkerOptions, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { type Event, observed, type Stage } from './scenario';
import { SCENARIOS } from './scenarios';

/*
 * The worker process of a scenario: SCENARIO names it, RUN says how often it was started before. It writes what happens
 * as lines of JSON behind a mark.
 */
const MARK = '\u0001';

const scenario = SCENARIOS.find(({ name }) => name === process.env.SCENARIO);
if (!scenario) throw new Error(`there is no scenario ${process.env.SCENARIO}`);

// Whoever started it is gone.
process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL')).resume();
process.stdin.unref();

const tell = (event: Event) => console.log(MARK + JSON.stringify(event));
const stage: Stage = {
  run: Number(process.env.RUN),
  now: () => performance.now(),
  sleep,
  crash: () => {
    setImmediate(() => {
      throw new Error('the process crashes');
    });
    return new Promise(() => {});
  },
  terminate: () =>
    new Promise((resolve) => {
      process.once('SIGTERM', () => resolve());
      process.kill(process.pid, 'SIGTERM');
    }),
  cancel: async () => {
    const queue = new WorkQueue(scenario.queue);
    await queue.cancel();
    await queue.close();
  },
  note: (what) => tell({ kind: 'note', what }),
};

runWorker(scenario.queue, observed(scenario, stage, tell), {
  ...(scenario.backoff && { backoff: scenario.backoff }),
  ...(scenario.results && { results: true }),
  ...(scenario.finally && { finally: { run: scenario.finally(stage), when: scenario.when ?? 'success' } }),
  ...(scenario.batch && { batch: scenario.batch }),
} as WorkerOptions);
