import { randomUUID } from 'node:crypto';
import { queueKeys } from '../worker/contract';
import { SCRIPTS } from '../worker/scripts';
import type { Course } from './course';
import { now } from './handler-log';
import type { Job } from './job';
import type { FaultKind, PlannedFault } from './schedule';
import type { Store } from './store';

/** Faults of worker processes. */
const ON_PROCESSES: readonly FaultKind[] = [
  'worker kill -9',
  'worker SIGTERM',
  'worker SIGTERM, then kill -9',
  'worker kill -9 among idle ones',
  'worker stopped past its lease',
  'worker stopped for a moment',
];

/** So many workers die at once with nothing in their hands. */
const IDLE_ONES = 50;

/** One that is blocked hears SIGTERM late, and says that it leaves when it does; it is killed after so long, in ms, at the latest. */
const SAID_WITHIN = 2_500;

/** A fault that does not wait for an item waits so long for a process to be there, in ms. */
const THERE_WITHIN = 1_000;

type Target = NonNullable<ReturnType<Job['at']>>;

/** What worker faults are done to. */
interface Targets {
  readonly store: Store;
  readonly job: Job;
  readonly queue: string;
}

/** Sends signals to workers. */
export class WorkerFaults {
  constructor(
    private readonly targets: Targets,
    private readonly course: Course,
  ) {}

  /** Whether it is one of these. */
  static include(kind: FaultKind): boolean {
    return ON_PROCESSES.includes(kind);
  }

  /** One that finds nobody to meet does not happen. */
  async happen({ kind, target, lasts, twist, blind }: PlannedFault): Promise<void> {
    const { course } = this;
    const worker = await this.at(target, !blind);
    if (!worker) return;
    const fault = { kind, process: worker.process.name };
    switch (kind) {
      case 'worker SIGTERM':
        course.record(fault);
        worker.kill('SIGTERM');
        if (!twist) return;
        await course.pass(200);
        return worker.kill('SIGTERM');
      case 'worker SIGTERM, then kill -9':
        return this.killAfterSigterm(worker);
      case 'worker stopped past its lease':
      case 'worker stopped for a moment': {
        const stop = { on: () => worker.kill('SIGSTOP'), off: () => worker.kill('SIGCONT') };
        return course.lasting(fault, worker.process, lasts, stop);
      }
      default:
        if (kind === 'worker kill -9 among idle ones') await this.enterIdle(lasts);
        course.record(fault);
        return worker.kill('SIGKILL');
    }
  }

  /** Who is at a place, as soon as it is at an item, or else within a moment; nobody, where the run is over before. */
  async at(place: number, atItem: boolean): Promise<Target | undefined> {
    const { job } = this.targets;
    const since = now();
    while (!job.over && !this.course.isOver && (atItem || now() - since < THERE_WITHIN)) {
      const worker = job.at(place);
      if (worker && (!atItem || job.atItem(place))) return worker;
      await this.course.pass(5);
    }
    return undefined;
  }

  /** Kills half a second after SIGTERM; later, where Redis does not know yet that this worker leaves. */
  private async killAfterSigterm(worker: Target): Promise<void> {
    const { name, place } = worker.process;
    const lives = () => this.targets.job.at(place)?.process === worker.process;
    const record = this.course.record({ kind: 'worker SIGTERM, then kill -9', process: name });
    worker.kill('SIGTERM');
    await this.course.pass(500);
    while (lives() && !this.course.isOver) {
      const said = await Promise.race([this.saysLeaving(name), this.course.ended]);
      if (said !== undefined) record.said = said;
      if (said || now() - record.from > SAID_WITHIN) break;
      await this.course.pass(20);
    }
    record.to = now();
    worker.kill('SIGKILL');
  }

  /** Whether a worker is on record as leaving; undefined: it is not on record. */
  private async saysLeaving(name: string): Promise<boolean | undefined> {
    const { store, queue } = this.targets;
    const { leases, idle, worker } = queueKeys(queue);
    const ask = (command: string, ...args: (string | number)[]) =>
      store.admin.insist(() => store.admin.command(command, ...args));
    const all = [await ask('ZRANGE', leases, 0, -1), await ask('ZRANGE', idle, 0, -1)] as string[][];
    for (const incarnation of all.flat()) {
      const [called, leaving] = (await ask('HMGET', worker + incarnation, 'name', 'leaving')) as (string | null)[];
      if (called === name) return leaving === '1';
    }
    return undefined;
  }

  /** Workers that die at once and hold nothing: all that Redis has of them is that they registered. */
  private async enterIdle(lease: number): Promise<void> {
    const { store, queue } = this.targets;
    const enter = () => {
      const entry = [randomUUID(), lease, 'idle', '', 0, 3, 'idle', '', ''];
      return store.admin.insist(() => store.admin.run(SCRIPTS.enter, queue, entry));
    };
    await Promise.all(Array.from({ length: IDLE_ONES }, enter));
  }
}
