import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Evidence, judge } from './checker';
import type { FaultRecord } from './course';
import { FINALIZER } from './items';
import type { WorkerProcess } from './job';
import { digest } from './random';

export const START = 1_700_000_000_000;
const LEASE = 3_000;

/** A run that is written down by hand; times in ms after its start. */
export class WrittenRun {
  readonly processes: WorkerProcess[] = [];
  readonly faults: FaultRecord[] = [];
  store: Evidence['store'];
  drainedAt: number | undefined = START + 60_000;
  /** By the index of an item that is added: those that add it. */
  readonly parents = new Map<number, readonly number[]>();
  finalizer = false;
  private token = 0;

  constructor(
    readonly count: number,
    private readonly dir: string,
  ) {
    this.store = {
      claimed: count,
      done: count,
      dropped: 0,
      left: 0,
      dead: [],
      checkpoints: 0,
      epochs: [],
      imbalances: [],
      twins: [],
      isAnother: false,
    };
  }

  worker(end: { code?: number; signal?: NodeJS.Signals; at?: number } = { code: 0 }): WorkerProcess {
    const place = this.processes.length;
    const name = `worker-${place}`;
    const { code = null, signal = null, at = 60_000 } = end;
    const process = { name, place, log: join(this.dir, name), startedAt: START, endedAt: START + at, code, signal };
    this.processes.push(process);
    return process;
  }

  start(
    process: WorkerProcess,
    index: number,
    at: number,
    other: { id?: number; payload?: string; token?: number; attempt?: number } = {},
  ) {
    const { id = index + 1, payload = `item ${index}`, token = ++this.token, attempt = 1 } = other;
    appendFileSync(process.log, `S ${START + at} ${token} ${id} ${attempt} ${index} ${digest(payload)}\n`);
    let checkpoints = 0;
    return {
      token,
      end: (endedAt: number, kind = 'E') => this.line(process, kind, endedAt, token, index),
      tell: (toldAt: number) => this.line(process, 'C', toldAt, token, index, checkpoints++),
      resume: (from: { index?: number; token: number; number?: number }) =>
        appendFileSync(process.log, `R ${token} ${from.index ?? index} ${from.token} ${from.number ?? 0}\n`),
    };
  }

  private line(process: WorkerProcess, kind: string, at: number, ...fields: number[]) {
    appendFileSync(process.log, `${[kind, START + at, ...fields].join(' ')}\n`);
  }

  /** The finalizer; what it returns is its end. */
  final(process: WorkerProcess, at: number, attempt = 1) {
    const token = ++this.token;
    appendFileSync(process.log, `X ${START + at} ${token} ${attempt}\n`);
    return { end: (endedAt: number, kind = 'E') => this.line(process, kind, endedAt, token, FINALIZER) };
  }

  handle(process: WorkerProcess, ...indexes: number[]) {
    for (const index of indexes) this.start(process, index, 1_000).end(1_001);
  }

  /** A line of a log that holds nothing but times. */
  note(process: WorkerProcess, kind: 'D' | 'N' | 'W', ...times: number[]) {
    appendFileSync(process.log, `${[kind, ...times.map((at) => START + at)].join(' ')}\n`);
  }

  fault(kind: FaultRecord['kind'], from: number, to: number, met: { process?: string; place?: number }) {
    this.faults.push({ kind, from: START + from, to: START + to, ...met });
  }

  /** Redis died and came back, without what it had written since. */
  powerCut(since: number, from: number, to: number) {
    this.faults.push({ kind: 'redis power cut', since: START + since, from: START + from, to: START + to });
  }

  judge(change: Partial<Evidence> = {}) {
    const { count, parents, processes, faults, store, drainedAt, finalizer } = this;
    const total = count + parents.size;
    return judge({
      items: { count, total, payload: (index) => `item ${index}`, parentsOf: (index) => parents.get(index) ?? [] },
      pushed: count,
      finalizer,
      lease: LEASE,
      planned: faults.length,
      notDone: [],
      ended: true,
      seconds: 60,
      processes,
      faults,
      store,
      drainedAt,
      ...change,
    });
  }
}
