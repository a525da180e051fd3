import { BaseAdapter } from '@bull-board/api/dist/queueAdapters/base.js';
import type {
  JobCleanStatus,
  JobCounts,
  JobStatus,
  QueueAdapterOptions,
  QueueJob,
  QueueMetrics,
  QueueWorker,
  Status,
} from '@bull-board/api/typings/app';
import type { WorkQueue } from '../worker/work-queue';
import { BoardJob, refusal } from './board-job';
import { jobsOf, LISTED, type Listed } from './lists';

const STATUSES: readonly JobStatus[] = ['active', 'waiting', 'delayed', 'failed', 'completed'];

/**
 * Shows a queue on a [Bull Board](https://github.com/felixmosh/bull-board), beside others. Items that run are its active jobs,
 * those that wait for another attempt its delayed ones, dead letters its failed ones, and kept results its completed ones. Of
 * each, the first 10,000 are listed.
 *
 * What it can do there: retry and drop dead letters, pause, resume, and purge the queue (`obliterate`). With `readOnlyMode`
 * it does none of it.
 *
 * @example
 * createBullBoard({ queues: [new WorkQueueAdapter(new WorkQueue(thumbnails, { url }))], serverAdapter });
 */
export class WorkQueueAdapter extends BaseAdapter {
  /**
   * @param queue stays open: close it once the board is gone
   * @param options those of the board's own adapters, such as `readOnlyMode`, `displayName` and `description`
   */
  constructor(
    private readonly queue: WorkQueue<never, unknown>,
    options: Partial<QueueAdapterOptions> = {},
  ) {
    // What it does for BullMQ alone asks for more than a queue.
    super('bull', { ...options, allowCompletedRetries: false });
  }

  /** Its name on the board. */
  getName(): string {
    return `${this.prefix}${this.queue.queue.name}`;
  }

  getStatuses(): Status[] {
    return ['latest', ...STATUSES];
  }

  getJobStatuses(): JobStatus[] {
    return [...STATUSES];
  }

  async getJobCounts(): Promise<JobCounts> {
    const { leased, waiting, retrying, dead, done } = await this.queue.status();
    const none = { latest: 0, paused: 0, prioritized: 0, 'waiting-children': 0 };
    return { ...none, active: leased, waiting, delayed: retrying, failed: dead, completed: done };
  }

  async getJobs(statuses: JobStatus[], start = 0, end = LISTED - 1): Promise<QueueJob[]> {
    const lists = statuses.filter(isListed).map(async (status) => {
      const jobs: QueueJob[] = [];
      let at = 0;
      for await (const listed of jobsOf(this.queue, status, end + 1)) {
        if (at++ >= start) jobs.push(new BoardJob(this.queue, listed));
      }
      return jobs;
    });
    return (await Promise.all(lists)).flat();
  }

  async getJob(id: string): Promise<QueueJob | undefined> {
    const letter = /^\d+$/.test(id) ? await this.queue.deadLetter(Number(id)) : undefined;
    if (letter) return new BoardJob(this.queue, { status: 'failed', letter });
    for (const status of STATUSES.filter(isListed)) {
      if (status === 'failed') continue;
      for await (const listed of jobsOf(this.queue, status, LISTED)) {
        const job = new BoardJob(this.queue, listed);
        if (job.id === id) return job;
      }
    }
    return undefined;
  }

  /** How its attempts have failed. */
  async getJobLogs(id: string): Promise<string[]> {
    const letter = await this.queue.deadLetter(Number(id));
    return (letter?.history ?? []).map(({ attempt, at, worker, error }) => {
      return `${at.toISOString()} attempt ${attempt}${worker ? ` on ${worker}` : ''} failed: ${error}`;
    });
  }

  async getMetrics(): Promise<QueueMetrics> {
    return { meta: { count: 0, prevTS: 0, prevCount: 0 }, data: [], count: 0 };
  }

  getRedisInfo(): Promise<string | null> {
    return this.queue.storeInfo();
  }

  override async getWorkers(): Promise<QueueWorker[] | null> {
    const { workers } = await this.queue.status();
    return workers.map(({ session, name }) => ({ id: session, name, addr: '', age: 0 }));
  }

  async isPaused(): Promise<boolean> {
    return (await this.queue.status()).paused;
  }

  pause(): Promise<void> {
    return this.queue.pause();
  }

  resume(): Promise<void> {
    return this.queue.resume();
  }

  /** Drops dead letters that are older than so many ms. */
  async clean(status: JobCleanStatus, graceTimeMs: number): Promise<void> {
    if (status !== 'failed') throw refusal(this.queue, `clean ${status} items`);
    const until = Date.now() - graceTimeMs;
    const ids: number[] = [];
    for await (const { id, at } of this.queue.deadLetters()) if (at.getTime() <= until) ids.push(id);
    await this.queue.dropDead(ids);
  }

  /** Purges the queue, which the board does only while it is paused. */
  async obliterate({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    // The board knows this error by its text.
    if (!force && (await this.queue.status()).leased > 0) throw new Error('Cannot obliterate queue with active jobs');
    await this.queue.purge();
  }

  async addJob(): Promise<QueueJob> {
    throw refusal(this.queue, 'add items');
  }

  async empty(): Promise<void> {
    throw refusal(this.queue, 'drop items that wait');
  }

  async promoteAll(): Promise<void> {
    throw refusal(this.queue, 'promote items');
  }

  async getGlobalConcurrency(): Promise<number | null> {
    return null;
  }

  async setGlobalConcurrency(): Promise<void> {
    throw refusal(this.queue, 'limit how many items run');
  }

  async getJobSchedulers(): Promise<never[]> {
    return [];
  }

  async getJobSchedulersCount(): Promise<number> {
    return 0;
  }

  async removeJobScheduler(): Promise<boolean> {
    return false;
  }

  async updateJobScheduler(): Promise<'not-found'> {
    return 'not-found';
  }

  async runJobSchedulerNow(): Promise<'not-found'> {
    return 'not-found';
  }
}

function isListed(status: JobStatus): status is Listed['status'] {
  return STATUSES.includes(status);
}
