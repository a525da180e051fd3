import { defineQueue, EXIT, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { JobController, NO_BACKOFF, WORKER_POLICY, workerEnd } from '../../local/job-controller';
import { startWorker } from '../worker-process';
import { type Event, hex, type Scenario, type Seen, sorted } from './scenario';

/** Stands before what redis-worker.ts tells; it cannot be imported from there, because that starts a worker. */
const MARK = '\u0001';
const MOST_PROCESSES = 10;

/** Plays a scenario with a Redis server and worker processes. */
export async function playWithRedis(scenario: Scenario, url: string, program: string): Promise<Seen> {
  const { queue: definition, items = [], payloads = [], concurrency, maxAttempts, itemTimeout, grace } = scenario;
  const queue = new WorkQueue(definition, { url });
  const raw = new WorkQueue(defineQueue({ name: definition.name, payload: 'bytes' }), { url });
  try {
    await queue.fill(items);
    await raw.fill(payloads.map((payload) => Buffer.from(payload as Uint8Array)));
    await queue.seal();

    const events: Event[] = [];
    const exitCodes: number[] = [];
    const job = new JobController(
      { parallelism: 1, backoffLimit: MOST_PROCESSES, podFailurePolicy: WORKER_POLICY },
      NO_BACKOFF,
    );
    for (let run = 1; ; ) {
      job.sync(0);
      const worker = startWorker({
        url,
        program,
        env: {
          SCENARIO: scenario.name,
          RUN: run,
          WORK_QUEUE_CONCURRENCY: concurrency,
          WORK_QUEUE_MAX_ATTEMPTS: maxAttempts,
          WORK_QUEUE_ITEM_TIMEOUT_MS: itemTimeout,
          WORK_QUEUE_GRACE_MS: grace,
          WORK_QUEUE_RATE: scenario.rate && `${scenario.rate.items}/${scenario.rate.per}`,
          WORK_QUEUE_TOLERATE_DEAD_LETTERS: scenario.tolerateDeadLetters ? 'true' : undefined,
          WORK_QUEUE_ENDLESS: scenario.endless && run === 1 ? 'true' : undefined,
          WORK_QUEUE_FAIL_FAST: scenario.failFast ? 'true' : undefined,
        },
      });
      const { code } = await worker.ended;
      for (const line of worker.lines) if (line.startsWith(MARK)) events.push(JSON.parse(line.slice(1)) as Event);
      if (typeof code === 'string') throw new Error(`The worker was ended by ${code}:\n${worker.lines.join('\n')}`);
      exitCodes.push(code);
      if (code === EXIT.terminated) run++;
      job.podEnded(0, workerEnd(code), 0);
      if (!job.end) {
        if (exitCodes.length < MOST_PROCESSES) continue;
        throw new Error(
          `${MOST_PROCESSES} processes did not drain the queue; the last one:\n${worker.lines.join('\n')}`,
        );
      }

      const { done, waiting, leased, retrying, dropped } = await queue.status();
      const dead: Seen['dead'][number][] = [];
      for await (const letter of queue.deadLetters()) dead.push({ ...letter, payload: hex(letter.payload) });
      const results: Seen['results'][number][] = [];
      for await (const { id, result } of queue.results()) results.push({ id, result });
      return { ...sorted(events), done, left: waiting + leased + retrying, dropped, dead, results, exitCodes };
    }
  } finally {
    await queue.close();
    await raw.close();
  }
}
