import { defineQueue, EXIT, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { JobController, NO_BACKOFF, WORKER_POLICY, workerEnd } from '../../local/job-controller';
import { type Event, hex, type Scenario, type Seen, sorted } from './scenario';

const MOST_PODS = 10;

/** What a pod of a scenario is started with. */
export interface PodOfScenario {
  /** Which run of the queue this is, from 1; after SIGTERM comes another one. */
  readonly run: number;
  /** The settings of a worker; those that are undefined are unset. */
  readonly env: Readonly<Record<string, string | number | undefined>>;
  /** Takes what happens. */
  readonly tell: (event: Event) => void;
}

/** How a pod ended, and what it wrote. */
export interface PodOfScenarioEnd {
  readonly code: number | NodeJS.Signals;
  readonly lines: readonly string[];
}

/** Fills the queue of a scenario, starts one pod after the other as a Job does, and tells what came of it. */
export async function playAsJob(
  scenario: Scenario,
  url: string,
  runPod: (pod: PodOfScenario) => Promise<PodOfScenarioEnd>,
): Promise<Seen> {
  const { queue: definition, items = [], payloads = [] } = scenario;
  const queue = new WorkQueue(definition, { url });
  const raw = new WorkQueue(defineQueue({ name: definition.name, payload: 'bytes' }), { url });
  try {
    await queue.fill(items);
    await raw.fill(payloads.map((payload) => Buffer.from(payload as Uint8Array)));
    await queue.seal();

    const events: Event[] = [];
    const exitCodes: number[] = [];
    const job = new JobController(
      { parallelism: 1, backoffLimit: MOST_PODS, podFailurePolicy: WORKER_POLICY },
      NO_BACKOFF,
    );
    for (let run = 1; ; ) {
      job.sync(0);
      const { code, lines } = await runPod({
        run,
        env: settingsOf(scenario, run),
        tell: (event) => events.push(event),
      });
      if (typeof code === 'string') throw new Error(`The worker was ended by ${code}:\n${lines.join('\n')}`);
      exitCodes.push(code);
      if (code === EXIT.terminated) run++;
      job.podEnded(0, workerEnd(code), 0);
      if (!job.end) {
        if (exitCodes.length < MOST_PODS) continue;
        throw new Error(`${MOST_PODS} pods did not drain the queue; the last one:\n${lines.join('\n')}`);
      }
      return { ...sorted(events), ...(await leftIn(queue)), exitCodes };
    }
  } finally {
    await queue.close();
    await raw.close();
  }
}

function settingsOf(scenario: Scenario, run: number): PodOfScenario['env'] {
  const { concurrency, maxAttempts, itemTimeout, grace, rate, tolerateDeadLetters, endless, failFast } = scenario;
  return {
    WORK_QUEUE_CONCURRENCY: concurrency,
    WORK_QUEUE_MAX_ATTEMPTS: maxAttempts,
    WORK_QUEUE_ITEM_TIMEOUT_MS: itemTimeout,
    WORK_QUEUE_GRACE_MS: grace,
    WORK_QUEUE_RATE: rate && `${rate.items}/${rate.per}`,
    WORK_QUEUE_TOLERATE_DEAD_LETTERS: tolerateDeadLetters ? 'true' : undefined,
    WORK_QUEUE_ENDLESS: endless && run === 1 ? 'true' : undefined,
    WORK_QUEUE_FAIL_FAST: failFast ? 'true' : undefined,
  };
}

async function leftIn(queue: WorkQueue<never, unknown>): Promise<Omit<Seen, 'starts' | 'notes' | 'exitCodes'>> {
  const { done, waiting, leased, retrying, dropped } = await queue.status();
  const dead: Seen['dead'][number][] = [];
  for await (const letter of queue.deadLetters()) dead.push({ ...letter, payload: hex(letter.payload) });
  const results: Seen['results'][number][] = [];
  for await (const { id, result } of queue.results()) results.push({ id, result });
  return { done, left: waiting + leased + retrying, dropped, dead, results };
}
