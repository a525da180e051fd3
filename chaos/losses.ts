import type { FaultRecord } from './course';
import type { Checkpoint } from './handler-log';
import type { WorkerProcess } from './job';
import { CREDENTIAL_FAULT_KINDS, MEMBER_FAULT_KINDS, PRIMARY_FAULT_KINDS, SLOT_FAULT_KINDS } from './schedule';

/** A start of an item in a worker. */
export interface Delivery {
  readonly token: number;
  /** Which attempt this is, as the item was told. */
  readonly attempt: number;
  readonly process: WorkerProcess;
  readonly startedAt: number;
  /** How its handler ended, if it did: `E` well, `F` as the item says, `L` put off, `A` aborted. */
  end?: { readonly kind: 'E' | 'F' | 'L' | 'A'; readonly at: number };
  /** When it told its checkpoints, by their number. */
  readonly told: number[];
  /** The checkpoint that it was given. */
  resumed?: Checkpoint;
}

interface Interval {
  from: number;
  to: number;
  /** In the words of the report. */
  why: string;
  /** Of this very worker, which the others do not share. */
  own: boolean;
}

const STARVED = 'worker starved of the processor';
const DIED = 'incarnations die in a crowd';
const SILENT = 'incarnations fall silent in a crowd';
/** An end is told to Redis within this time, in ms, unless something is in the way. */
const BOOKED_WITHIN = 5_000;
/** After a fault of Redis or of a wire, answers come again within this time, in ms. */
const BACK_WITHIN = 1_000;
/** A worker that comes to itself learns within this time, in ms, that its lease was lost. */
const LEARNS_WITHIN = 2_000;

/** These take back what Redis said: a power cut, and a replica that takes over without the last of it. */
export const TAKING_BACK: readonly FaultRecord['kind'][] = [
  'redis power cut',
  'redis power cut during a fill',
  ...PRIMARY_FAULT_KINDS,
  'primary lost with its data',
  'members killed all at once',
];

/** After these an item may be charged with a crash. */
const CHARGING: readonly FaultRecord['kind'][] = [
  ...TAKING_BACK,
  'worker kill -9',
  'worker kill -9 among idle ones',
  'worker stopped past its lease',
  'worker partitioned past its lease',
  'replies dropped',
  DIED,
  SILENT,
];
const KILL_AFTER_SIGTERM = 'worker SIGTERM, then kill -9';
/** A worker logs SIGTERM before it does anything else. The line may arrive so much later, in ms. */
const SAID_WITHIN = 400;

/** Who is away: the worker itself, its wire, or Redis. */
const OWN: readonly FaultRecord['kind'][] = [
  'worker stopped past its lease',
  'worker stopped for a moment',
  'worker partitioned past its lease',
  // Without an answer nobody gets a new connection.
  'replies dropped',
];
const COMMON: readonly FaultRecord['kind'][] = [
  'redis restart',
  'redis kill -9',
  'redis power cut',
  'redis power cut during a fill',
  'redis stopped',
  'redis partitioned from all',
  'redis failover',
  ...SLOT_FAULT_KINDS,
  ...PRIMARY_FAULT_KINDS,
  ...MEMBER_FAULT_KINDS,
];
/** These lose no lease, but may put off a booking. */
const HINDERING: readonly FaultRecord['kind'][] = [
  'connections cut',
  'connections slow',
  'replies dropped',
  'connections of a worker killed by CLIENT KILL',
  ...CREDENTIAL_FAULT_KINDS,
];

/**
 * When workers may have lost what they held. Nothing but these explains a rerun:
 *
 * - the process was killed, or the simulated incarnation died;
 * - it was sent a SIGTERM, and gave back what it could not finish;
 * - it was away (stopped, partitioned, without answers, silent, or starved by a busy machine) for most of a lease;
 * - Redis lost its last seconds in a power cut, or in a replica that had not got them, and with them that the item was handed
 *   out, or that it was done.
 *
 * No other fault of Redis does, and no cut or lost connection: that silence is not the worker's fault.
 */
export class Losses {
  private readonly own = new Map<WorkerProcess, Interval[]>();
  private readonly deaths = new Map<WorkerProcess, number[]>();
  private readonly merged = new Map<WorkerProcess, Interval[]>();

  constructor(private readonly evidence: { lease: number; faults: readonly FaultRecord[] }) {}

  /** The process stood still, unasked. */
  stalled(process: WorkerProcess, from: number, to: number): void {
    this.wasAway(process, { from, to, own: true, why: STARVED });
  }

  /** The simulated incarnation said nothing. */
  silenced(process: WorkerProcess, from: number, to: number): void {
    this.wasAway(process, { from, to, own: true, why: SILENT });
  }

  /** The simulated incarnation had no answer; where Redis or its wire was away, that is no excuse. */
  waited(process: WorkerProcess, from: number, to: number): void {
    let unexcused = to - from;
    for (const fault of this.evidence.faults) {
      if (!COMMON.includes(fault.kind) && fault.place !== process.place) continue;
      unexcused -= Math.max(0, Math.min(to, fault.to + BACK_WITHIN) - Math.max(from, fault.from));
    }
    if (unexcused >= this.evidence.lease / 2) this.wasAway(process, { from, to, own: true, why: STARVED });
  }

  /** The simulated incarnation died, and another one took its place. */
  died(process: WorkerProcess, at: number): void {
    const deaths = this.deaths.get(process);
    if (deaths) deaths.push(at);
    else this.deaths.set(process, [at]);
  }

  private wasAway(process: WorkerProcess, interval: Interval): void {
    const intervals = this.own.get(process);
    if (intervals) intervals.push(interval);
    else this.own.set(process, [interval]);
  }

  /** What explains that an item was handed out again, or, without `next`, that it was given up; undefined: nothing. */
  explain(one: Delivery, next: Delivery | undefined): string | undefined {
    const until = next?.startedAt ?? Number.POSITIVE_INFINITY;
    const loss = this.lossesOf(one.process).find(({ from, to }) => {
      if (from > until || to + LEARNS_WITHIN < one.startedAt) return false;
      return this.mayBeUnbooked(one, from);
    });
    return loss?.why ?? this.diedWith(one, until) ?? (next && this.takenBack(one, next));
  }

  /** Whether an item was charged though its worker had said, before it was killed, that it was told to stop. */
  chargedThoughLeaving(one: Delivery, next: Delivery): boolean {
    if (one.end?.kind === 'F' || one.end?.kind === 'L' || next.attempt <= one.attempt) return false;
    const said = this.evidence.faults.some((fault) => fault.process === one.process.name && fault.said);
    return said && one.process.signal === 'SIGKILL' && !this.maybeCharged(one, next, LEARNS_WITHIN);
  }

  /** Whether an item was charged though its handler had put it off. */
  chargedThoughPutOff(one: Delivery, next: Delivery): boolean {
    return one.end?.kind === 'L' && next.attempt > one.attempt && !this.maybeCharged(one, next, LEARNS_WITHIN);
  }

  /** Whether a crash, a lost lease or a power cut may have charged it meanwhile, or so many ms before, unknown to its worker. */
  private maybeCharged(one: Delivery, next: Delivery, before = 0): boolean {
    const { faults, lease } = this.evidence;
    const meanwhile = ({ from, to }: { from: number; to: number }) =>
      from <= next.startedAt && to + before >= one.startedAt;
    const chargedByOther = faults.some(
      (fault) =>
        meanwhile(fault) && (CHARGING.includes(fault.kind) || (fault.kind === KILL_AFTER_SIGTERM && !fault.said)),
    );
    const starved = [...this.own.values()]
      .flat()
      .some((stall) => meanwhile(stall) && stall.to - stall.from >= lease / 2);
    return chargedByOther || starved;
  }

  /** Whether a worker heard SIGTERM (at `heardAt`), and never said so, though nothing was in the way until it was killed. */
  silent(process: WorkerProcess, heardAt: number | undefined): boolean {
    const fault = this.evidence.faults.find(
      ({ kind, process: name }) => kind === KILL_AFTER_SIGTERM && name === process.name,
    );
    if (fault?.said !== false || heardAt === undefined || fault.to - heardAt < SAID_WITHIN) return false;
    const inTheWay = this.evidence.faults.some(
      ({ kind, from, to }) =>
        /^(redis|slot|primary|replica|member|sentinel|failover|connections|replies|certificate|password|.* partitioned|.* stopped)/.test(
          kind,
        ) &&
        from <= fault.to &&
        to + 5_000 >= fault.from,
    );
    return !inTheWay && !(this.own.get(process) ?? []).some(({ from, to }) => from <= fault.to && to >= fault.from);
  }

  private diedWith(one: Delivery, until: number): string | undefined {
    const deaths = this.deaths.get(one.process) ?? [];
    const met = deaths.some((at) => one.startedAt <= at && at <= until && this.mayBeUnbooked(one, at));
    return met ? DIED : undefined;
  }

  /** What made Redis forget that the item was handed out, or done. */
  private takenBack(one: Delivery, next: Delivery): string | undefined {
    const { faults, lease } = this.evidence;
    return faults.find(({ kind, since = Number.POSITIVE_INFINITY, from, to }) => {
      if (!TAKING_BACK.includes(kind) || from > next.startedAt) return false;
      // A worker learns of it when it is done with an item, which may take one and a half leases.
      const unaware = one.startedAt - to - this.hindered(one.process, to, one.startedAt);
      return unaware <= 1.5 * lease + LEARNS_WITHIN && this.mayBeUnbooked(one, since);
    })?.kind;
  }

  /** Whether Redis may not have heard before this moment that the item is done. */
  private mayBeUnbooked({ process, end }: Delivery, moment: number): boolean {
    return end?.kind !== 'E' || moment - end.at - this.hindered(process, end.at, moment) <= BOOKED_WITHIN;
  }

  private lossesOf(process: WorkerProcess): Omit<Interval, 'own'>[] {
    const ended = process.endedAt ?? Number.POSITIVE_INFINITY;
    const signals = this.evidence.faults
      .filter(({ kind, process: name }) => name === process.name && /kill -9|SIGTERM/.test(kind))
      .map(({ from, kind }) => ({ from, to: ended, why: kind }));
    const away = this.away(process).filter(({ from, to, own }) => own && to - from >= this.evidence.lease * 0.6);
    return [...signals, ...away];
  }

  /** Times in which the process could not renew; those that follow each other closely are one. */
  private away(process: WorkerProcess): Interval[] {
    const known = this.merged.get(process);
    if (known) return known;
    const intervals = [...(this.own.get(process) ?? [])];
    for (const { kind, from, to, place, process: name } of this.evidence.faults) {
      const own = OWN.includes(kind) && (name === process.name || place === process.place);
      if (own || COMMON.includes(kind)) intervals.push({ from, to, own, why: kind });
    }
    intervals.sort((a, b) => a.from - b.from);
    const merged: Interval[] = [];
    let longest = 0;
    for (const interval of intervals) {
      const last = merged.at(-1);
      // A process that was stopped also logs that it was starved. The fault is the explanation to give.
      const length = interval.own ? (interval.why === STARVED ? 1 : interval.to - interval.from) : 0;
      if (last && interval.from <= last.to + this.evidence.lease / 4) {
        last.to = Math.max(last.to, interval.to);
        last.own ||= interval.own;
        if (length > longest) last.why = interval.why;
        longest = Math.max(longest, length);
      } else {
        merged.push({ ...interval });
        longest = length;
      }
    }
    this.merged.set(process, merged);
    return merged;
  }

  /** Time between the two in which something was in the way of a booking, in ms. */
  private hindered(process: WorkerProcess, from: number, to: number): number {
    let sum = 0;
    for (const away of this.away(process)) sum += Math.max(0, Math.min(to, away.to) - Math.max(from, away.from));
    for (const fault of this.evidence.faults) {
      // What adds items stays in hand while there is no room for them.
      const hinders =
        fault.kind === 'redis at maxmemory' ||
        (HINDERING.includes(fault.kind) && (fault.place ?? process.place) === process.place);
      if (!hinders) continue;
      // Deaf connections are given up after a deadline of 5 s.
      if (fault.from < to && fault.to + 5_000 > from) sum += fault.to - fault.from + 5_000;
    }
    return sum;
  }
}
