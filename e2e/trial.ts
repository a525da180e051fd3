import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, type Kubectl, KubectlError, type Pod } from './kubectl';
import type { Manifests } from './manifests';
import type { Outcome } from './report';
import type { Expected, Loss, Scenario } from './scenarios';
import { type Counts, Store } from './store';

const POLL_MS = 250;
/** An API server may be away for a while, also in the middle of a run. */
const SILENCE_MS = 60_000;

/** It did not go as it should; the message is the verdict. */
class TrialError extends Error {}

export interface TrialOptions {
  readonly namespace: string;
  /** ms, for all of it. */
  readonly timeout: number;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

/** One scenario in a namespace that is there and empty. */
export class Trial {
  private readonly started = Date.now();
  private readonly store: Store;
  private readonly lost: string[] = [];
  private readonly gone = new Set<string>();
  private counts = new Map<string, Counts>();

  constructor(
    private readonly kubectl: Kubectl,
    private readonly scenario: Scenario,
    private readonly manifests: Manifests,
    private readonly options: TrialOptions,
  ) {
    this.store = new Store(kubectl, options.namespace);
  }

  /** Resolves with the verdict; rejects only where it was interrupted. */
  async run(): Promise<Outcome> {
    try {
      await this.start();
      for (const [i, loss] of this.scenario.losses.entries()) await this.lose(loss, i === 0);
      await this.until('the Jobs to be Complete', async () => this.allComplete(await this.jobs()));
      await this.until('the counts of the queues', () => this.count());
      return this.outcome(this.judge());
    } catch (error) {
      if (this.options.stop.aborted) throw this.options.stop.reason;
      if (!(error instanceof TrialError || error instanceof KubectlError)) throw error;
      await this.count().catch(() => false);
      return this.outcome(error.message);
    }
  }

  /** Everything applied, and workers that wait for the word to begin: however slow the cluster is, losses come in time. */
  private async start(): Promise<void> {
    const { kubectl, manifests, scenario, options } = this;
    const { namespace, say } = options;
    await this.until('the default ServiceAccount', () => kubectl.hasServiceAccount(namespace, 'default'));
    await this.insist('apply all but the Jobs', () => kubectl.apply(namespace, manifests.withoutJobs));
    await this.until('Redis to be ready', async () => (await this.store.readyPod()) !== undefined);
    await this.until('the Deployments to be available', async () =>
      (await kubectl.deployments(namespace)).every((each) => isTrue(each, 'Available')),
    );
    const queues = Object.keys(scenario.queues);
    await this.insist('pause', () => this.store.pause(queues));
    await this.insist('apply', () => kubectl.apply(namespace, manifests.all));
    await this.until('the queues to be filled', async () => {
      const jobs = await this.jobs();
      return manifests.fills.every((fill) => jobs.some((job) => job.metadata.name === fill && isTrue(job, 'Complete')));
    });
    for (const job of manifests.workers.keys()) {
      await this.until(`a worker of ${job} to run`, async () => (await this.runningWorkers(job)).length > 0);
    }
    say('filled, workers wait: begin');
    await this.insist('resume', () => this.store.resume(queues));
  }

  /** Takes away a pod; nothing to show for it where the work was done before. */
  private async lose(loss: Loss, atOnce: boolean): Promise<void> {
    const { kubectl, manifests, options } = this;
    const { namespace, say } = options;
    const queue = loss.kind === 'store' ? undefined : manifests.workers.get(loss.job);
    await this.until(`a pod to ${loss.kind === 'store' ? 'delete' : loss.kind}`, async () => {
      // The first one follows the word to begin: looking first would take the time in which there is work.
      if (!atOnce && !(await this.hasWork(queue))) {
        throw new TrialError(this.tooFew());
      }
      const pod =
        loss.kind === 'store' ? await this.store.readyPod() : (await this.runningWorkers(loss.job))[0]?.metadata.name;
      if (pod === undefined || this.gone.has(pod)) return false;
      if (loss.kind === 'kill') await kubectl.kill(namespace, pod);
      else if (loss.kind === 'evict') await kubectl.evict(namespace, pod);
      else await kubectl.deletePod(namespace, pod);
      this.gone.add(pod);
      const done = { kill: 'killed', evict: 'evicted', store: 'deleted' }[loss.kind];
      if (await this.hadWork(queue)) this.lost.push(done);
      say(`${done} ${pod}`);
      return true;
    });
  }

  /** After a loss, when the store may just be away. */
  private async hadWork(queue: string | undefined): Promise<boolean> {
    let has = true;
    await this.until('the counts of the queues', async () => {
      if ((await this.store.readyPod()) === undefined) return false;
      has = await this.hasWork(queue);
      return true;
    });
    return has;
  }

  private async hasWork(queue: string | undefined): Promise<boolean> {
    const names = queue === undefined ? Object.keys(this.scenario.queues) : [queue];
    for (const name of names) {
      const { done, dead } = await this.store.counts(name);
      if (done + dead < itemsOf(this.scenario.queues[name])) return true;
    }
    return false;
  }

  private judge(): string | undefined {
    for (const [queue, expected] of Object.entries(this.scenario.queues)) {
      const { done, dead, listed, sum } = this.counts.get(queue)!;
      const wanted = { done: expected.done, dead: expected.dead ?? 0 };
      if (done !== wanted.done || dead !== wanted.dead || listed !== 0) {
        return `Complete, and the queue ${queue} has ${done} done, ${dead} dead, ${listed} listed instead of ${wanted.done} done, ${wanted.dead} dead, 0 listed`;
      }
      if (expected.sum !== undefined && sum !== expected.sum) {
        return `Complete, and the results in the queue ${queue} add up to ${sum} instead of ${expected.sum}`;
      }
    }
    return this.lost.length < this.scenario.losses.length ? this.tooFew() : undefined;
  }

  private tooFew(): string {
    return `only ${this.lost.length} of ${this.scenario.losses.length} pods were lost while there was work`;
  }

  private outcome(problem: string | undefined): Outcome {
    const { scenario, lost, counts, started } = this;
    const expected = Object.values(scenario.queues).reduce((sum, each) => sum + itemsOf(each), 0);
    const ended = [...counts.values()].reduce((sum, { done, dead }) => sum + done + dead, 0);
    return {
      scenario: scenario.name,
      items: { ended, expected },
      lost,
      seconds: (Date.now() - started) / 1_000,
      verdict: problem === undefined ? { kind: 'ok' } : { kind: 'failed', why: problem },
    };
  }

  private async count(): Promise<boolean> {
    for (const [queue, { sum }] of Object.entries(this.scenario.queues)) {
      this.counts.set(queue, await this.store.counts(queue, sum !== undefined));
    }
    return true;
  }

  private async runningWorkers(job: string): Promise<Pod[]> {
    const pods = await this.kubectl.pods(this.options.namespace, `job-name=${job}`);
    const running = ({ metadata, status }: Pod) =>
      metadata.deletionTimestamp === undefined &&
      !this.gone.has(metadata.name) &&
      // Beside the program of an agent, that is what works.
      status?.containerStatuses?.some(({ name, state }) => /^(worker|agent)$/.test(name) && state?.running);
    return pods.filter(running);
  }

  /** @throws TrialError one of them failed */
  private async jobs(): Promise<Job[]> {
    const jobs = await this.kubectl.jobs(this.options.namespace);
    for (const job of jobs) {
      const failed = job.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
      if (failed) throw new TrialError(`Job ${job.metadata.name} failed: ${failed.reason}, ${failed.message}`);
    }
    return jobs;
  }

  private allComplete(jobs: readonly Job[]): boolean {
    const { workers, fills } = this.manifests;
    return [...workers.keys(), ...fills].every((name) =>
      jobs.some((job) => job.metadata.name === name && isTrue(job, 'Complete')),
    );
  }

  /** Once is enough, but an API server may be away. */
  private insist(what: string, act: () => Promise<void>): Promise<void> {
    return this.until(what, async () => {
      await act();
      return true;
    });
  }

  private async until(what: string, look: () => Promise<boolean>): Promise<void> {
    const { stop, timeout } = this.options;
    let failing: number | undefined;
    for (;;) {
      stop.throwIfAborted();
      try {
        if (await look()) return;
        failing = undefined;
      } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        failing ??= Date.now();
        if (Date.now() - failing > SILENCE_MS || Date.now() - this.started > timeout) throw error;
      }
      if (Date.now() - this.started > timeout) {
        throw new TrialError(`waited in vain for ${what}: the ${timeout / 1_000} s of --timeout are over`);
      }
      await sleep(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }
}

const itemsOf = (expected?: Expected): number => (expected?.done ?? 0) + (expected?.dead ?? 0);

function isTrue({ status }: Pick<Job, 'status'>, condition: string): boolean {
  return status?.conditions?.some(({ type, status }) => type === condition && status === 'True') ?? false;
}
