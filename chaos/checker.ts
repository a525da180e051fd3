import { existsSync } from 'node:fs';
import { EXIT } from '../worker/contract';
import { wrongCheckpoints } from './checkpoints';
import type { FaultRecord } from './course';
import { type LogRecord, readLog } from './handler-log';
import { FINALIZER, type Items } from './items';
import type { WorkerProcess } from './job';
import type { Imbalance } from './ledger';
import { Lineage } from './lineage';
import { type Delivery, Losses } from './losses';
import { digest } from './random';

/** What a run left behind, to be judged. Times in ms since 1970. */
export interface Evidence {
  /** What was pushed, and what that adds. */
  readonly items: Pick<Items, 'count' | 'total' | 'payload' | 'parentsOf'>;
  /** Whether a finalizer has to run. */
  readonly finalizer: boolean;
  /** So many of them were in when the run ended. */
  readonly pushed: number;
  readonly lease: number;
  readonly processes: readonly WorkerProcess[];
  readonly faults: readonly FaultRecord[];
  /** Faults that were to happen. */
  readonly planned: number;
  /** Whether the run came to its end by itself, and well: the Job was Complete, and all workers ended. */
  readonly ended: boolean;
  /** When the Job was Complete, or an incarnation found the queue drained. */
  readonly drainedAt: number | undefined;
  /** What Redis says. */
  readonly store: {
    readonly claimed: number;
    readonly done: number;
    readonly dropped: number;
    /** Items that are still in the queue, or in somebody's hands. */
    readonly left: number;
    readonly dead: readonly { readonly index: number; readonly reason: string }[];
    /** Checkpoints that are there still. */
    readonly checkpoints: number;
    /** Epochs that the queue was seen to have. */
    readonly epochs: readonly string[];
    /** When its counters did not add up. */
    readonly imbalances: readonly Imbalance[];
    /** Keys that were on two nodes of the cluster at once. */
    readonly twins: readonly string[];
    /** Whether all this is told by another server than the one that answered as the run ended. */
    readonly isAnother: boolean;
  };
  /** Faults that cannot be done here, and why. */
  readonly notDone: readonly string[];
  readonly seconds: number;
}

/** What became of a run. */
export interface Judgement {
  readonly ok: boolean;
  /** The one line. */
  readonly line: string;
  /** What is wrong, in words. */
  readonly complaints: readonly string[];
  /** What explains reruns → how many. */
  readonly explanations: ReadonlyMap<string, number>;
  /** Attempts after one that failed as its item says; they are no reruns. */
  readonly retries: number;
}

const COMPLAINTS = 25;

const KILLS: readonly FaultRecord['kind'][] = [
  'worker kill -9',
  'worker SIGTERM, then kill -9',
  'worker kill -9 among idle ones',
];

/**
 * The total-queue checker: what went in must have come out. It believes the logs of the handlers, and of Redis only that
 * its counters are what they are. Memory: 26 bytes for each item, and more only for those that ran more than once.
 */
export function judge(evidence: Evidence): Judgement {
  const { items, store, processes, drainedAt } = evidence;
  const complaints: string[] = [];
  const suppressed = { count: 0 };
  const complain = (text: string) => {
    if (complaints.length < COMPLAINTS) complaints.push(text);
    else suppressed.count++;
  };

  // First pass: a few bytes for each item.
  const tokens = new Tokens();
  const epochs = new Set(store.epochs);
  const origin = Math.min(...processes.map(({ startedAt }) => startedAt));
  const lineage = new Lineage({ ...evidence, origin });
  const finalizer: { startedAt: number; endedAt?: number } = { startedAt: Number.POSITIVE_INFINITY };
  let unexpected = 0;
  eachRecord(processes, (record, { name }) => {
    if (record.kind === 'P') epochs.add(record.epoch);
    if (record.kind === 'E' && record.index < items.total) {
      if (record.index !== FINALIZER) lineage.ended(record.index, record.at);
      else finalizer.endedAt = Math.min(finalizer.endedAt ?? record.at, record.at);
    }
    if (record.kind === 'X') {
      tokens.add(record.token);
      if (!lineage.takenBack(record.at)) finalizer.startedAt = Math.min(finalizer.startedAt, record.at);
    }
    if (record.kind !== 'S') return;
    const { index, id } = record;
    tokens.add(record.token);
    if (!(index < items.total) || digest(items.payload(index)) !== record.digest) {
      unexpected++;
      complain(`${name} was given a payload that nobody pushed or added: item ${index}, id ${id}`);
      return;
    }
    const wrong = lineage.started(index, id, record.at);
    if (wrong === undefined) return;
    unexpected++;
    complain(wrong);
  });
  for (const index of lineage.early()) {
    unexpected++;
    complain(`item ${index} was there before an item that adds it was done`);
  }

  // What was handled to its end, and by when.
  const dead = new Set(store.dead.map(({ index }) => index));
  let handled = 0;
  let missing = 0;
  let late = 0;
  let expected = 0;
  for (let index = 0; index < items.total; index++) {
    const isExpected = lineage.isExpected(index, dead);
    if (isExpected || dead.has(index)) expected++;
    const end = lineage.firstEnd[index] as number;
    if (end > 0) {
      handled++;
      if (drainedAt !== undefined && end > drainedAt - origin + 50) late++;
    } else if (isExpected && (index < items.count || drainedAt !== undefined)) {
      missing++;
      if (drainedAt !== undefined)
        complain(`item ${index} was never handled to its end (${lineage.starts[index]} starts)`);
    }
  }
  const early = lineage.endedAfter(finalizer.startedAt);
  if (early > 0) complain(`the finalizer ran before ${early} items were handled to their end`);
  const notFinal =
    evidence.finalizer && !dead.has(FINALIZER) && drainedAt !== undefined && !(finalizer.endedAt! <= drainedAt + 50);
  if (notFinal) complain('the Job was Complete before the finalizer had come to its end');
  if (finalizer.endedAt !== undefined) handled++;
  if (evidence.finalizer) expected++;
  const lost = Math.max(0, missing - (drainedAt === undefined ? store.left : 0));
  if (missing > lost) complain(`${missing - lost} items are still in the queue`);
  if (late > 0) complain(`${late} items were handled to their end only after the Job was Complete`);
  const bookedTwice = Math.max(0, store.done - handled);
  if (drainedAt !== undefined) {
    const { claimed, done, dropped, left } = store;
    // A power cut may take back the last that Redis counted; the logs tell that all is done.
    const forgotten = evidence.faults.some(({ since, to }) => since !== undefined && to >= drainedAt - evidence.lease);
    if (store.checkpoints > 0 && !forgotten) {
      complain(`${store.checkpoints} checkpoints are left, and no item that could be given them`);
    }
    const addsUp = claimed === expected && done + dead.size + dropped === expected && left === 0;
    if (!addsUp && !forgotten) {
      const where = store.isAnother ? ', on another server than as the run ended' : '';
      complain(
        `Redis counts ${claimed} claimed, ${done} done, ${dead.size} dead, ${dropped} dropped, ${left} left${where}; ${expected} were pushed or added`,
      );
    }
  }

  // Second pass: what ran more than once, or is dead.
  const losses = new Losses(evidence);
  const deliveries = new Map<number, Delivery[]>();
  const byToken = new Map<number, Delivery>();
  const heard = new Map<WorkerProcess, number>();
  eachRecord(processes, (record, process) => {
    if (record.kind === 'S' || record.kind === 'X') {
      const index = record.kind === 'S' ? record.index : FINALIZER;
      if ((lineage.starts[index] ?? 2) < 2 && !dead.has(index)) return;
      const { token, attempt, at } = record;
      const delivery = { token, attempt, process, startedAt: at, told: [] };
      const others = deliveries.get(index);
      if (others) others.push(delivery);
      else deliveries.set(index, [delivery]);
      byToken.set(record.token, delivery);
    } else if (record.kind === 'E' || record.kind === 'F' || record.kind === 'L' || record.kind === 'A') {
      const delivery = byToken.get(record.token);
      if (delivery) delivery.end = { kind: record.kind, at: record.at };
    } else if (record.kind === 'C') {
      const delivery = byToken.get(record.token);
      if (delivery) delivery.told[record.number] = record.at;
    } else if (record.kind === 'R') {
      const delivery = byToken.get(record.token);
      if (delivery) delivery.resumed = record.from;
    } else if (record.kind === 'Z') losses.stalled(process, record.from, record.to);
    else if (record.kind === 'N') losses.silenced(process, record.from, record.to);
    else if (record.kind === 'W') losses.waited(process, record.from, record.to);
    else if (record.kind === 'D') losses.died(process, record.at);
    else if (record.kind === 'T' && !heard.has(process)) heard.set(process, record.at);
  });
  let reruns = 0;
  let explained = 0;
  let retries = 0;
  let charged = 0;
  let putOff = 0;
  let deadExplained = 0;
  let checkpoints = 0;
  const explanations = new Map<string, number>();
  for (const [index, all] of deliveries) {
    all.sort((a, b) => a.token - b.token);
    for (const wrong of wrongCheckpoints(index, all, losses, evidence.faults)) {
      checkpoints++;
      complain(wrong);
    }
    for (let i = 1; i < all.length; i++) {
      const [one, next] = all.slice(i - 1, i + 1) as [Delivery, Delivery];
      if (losses.chargedThoughPutOff(one, next)) {
        putOff++;
        complain(`item ${index} was charged, though it was put off: ${tell(one, origin)}; then ${tell(next, origin)}`);
      }
      // It failed or was put off, as it says of itself, and was tried again.
      if (one.end?.kind === 'F' || one.end?.kind === 'L') {
        retries++;
        continue;
      }
      reruns++;
      if (losses.chargedThoughLeaving(one, next)) {
        charged++;
        complain(
          `item ${index} was charged, though its worker was told to stop: ${tell(one, origin)}; then ${tell(next, origin)}`,
        );
      }
      const why = losses.explain(one, next);
      if (why) {
        explained++;
        explanations.set(why, (explanations.get(why) ?? 0) + 1);
      } else
        complain(`item ${index} ran again, and no fault explains it: ${tell(one, origin)}; then ${tell(next, origin)}`);
    }
  }
  for (const { index, reason } of store.dead) {
    const last = deliveries.get(index)?.at(-1);
    if (reason === 'crash' && (last === undefined || losses.explain(last, undefined))) deadExplained++;
    else complain(`item ${index} is a dead letter (${reason}), and no fault explains it`);
  }

  const silent = processes.filter((process) => losses.silent(process, heard.get(process)));
  for (const { name } of silent) complain(`${name} heard SIGTERM, and Redis did not hear of it`);

  const repeated = tokens.repeated();
  if (repeated > 0) complain(`${repeated} tokens were given out more than once`);
  if (epochs.size > 1) complain(`the queue was made anew; its epochs: ${[...epochs].join(', ')}`);
  for (const { at, nowhere } of store.imbalances) {
    const what = nowhere < 0 ? `${-nowhere} items too many` : `${nowhere} items that were claimed and are nowhere`;
    complain(`at ${((at - origin) / 1_000).toFixed(3)} s the queue has ${what}`);
  }
  for (const key of store.twins) complain(`${key} was on two nodes at once`);
  const wrongEnds = processes.filter((process) => !endIsRight(process, evidence));
  for (const { name, code, signal } of wrongEnds) {
    complain(`${name} ended with ${signal ?? code}, and no fault explains it`);
  }
  const dataLost = wrongEnds.filter(({ code }) => code === EXIT.dataLost).length;
  if (!evidence.ended) {
    complain(
      missing === 0 && evidence.pushed === items.count
        ? 'every item is done, and the Job is not Complete'
        : 'the run did not end with a worker that found the queue drained',
    );
  }
  if (suppressed.count > 0) complaints.push(`… and ${suppressed.count} more`);

  const extras = [
    dead.size > 0 && `dead ${dead.size} (${deadExplained} explained)`,
    charged > 0 && `charged though told to stop ${charged}`,
    putOff > 0 && `charged though put off ${putOff}`,
    checkpoints > 0 && `wrong checkpoints ${checkpoints}`,
    early > 0 && `final too early ${early}`,
    notFinal && 'not finalized',
    silent.length > 0 && `silent when told to stop ${silent.length}`,
    repeated > 0 && `tokens repeated ${repeated}`,
    late > 0 && `late ${late}`,
    epochs.size > 1 && `made anew ${epochs.size - 1}`,
    store.imbalances.length > 0 && 'counters that do not add up',
    store.twins.length > 0 && `twins ${store.twins.length}`,
    dataLost > 0 && `data lost ${dataLost}`,
    wrongEnds.length > 0 && `wrong exits ${wrongEnds.length}`,
    !evidence.ended && 'not drained',
  ].filter((extra) => extra !== false);
  const line = [
    `lost ${lost}`,
    `unexpected ${unexpected}`,
    `booked twice ${bookedTwice}`,
    `reruns ${reruns} (${explained} explained)`,
    ...extras,
  ].join(', ');
  return {
    ok: complaints.length === 0 && lost + unexpected + bookedTwice === 0,
    line,
    complaints,
    explanations,
    retries,
  };
}

function eachRecord(
  processes: readonly WorkerProcess[],
  each: (record: LogRecord, process: WorkerProcess) => void,
): void {
  for (const process of processes) {
    // Killed before it began to write.
    if (existsSync(process.log)) readLog(process.log, (record) => each(record, process));
  }
}

/**
 * 0 is always right. SIGKILL, SIGTERM and exit code 143 are right for a process that a fault sent the signal to, and the
 * latter two for one that was deleted when the Job was Complete.
 */
function endIsRight({ name, code, signal, deleted }: WorkerProcess, { faults, ended }: Evidence): boolean {
  if (code === 0) return true;
  const met = (kind: FaultRecord['kind']) => faults.some((fault) => fault.process === name && fault.kind === kind);
  const told = deleted || met('worker SIGTERM') || met('worker SIGTERM, then kill -9');
  if (signal === 'SIGKILL') return KILLS.some(met) || !ended;
  return (code === 143 || signal === 'SIGTERM') && told;
}

function tell({ process, token, startedAt, end }: Delivery, origin: number): string {
  const at = (time: number) => `${((time - origin) / 1_000).toFixed(3)} s`;
  return `${process.name} from ${at(startedAt)} ${end ? `to ${at(end.at)} (${end.kind})` : 'without an end'}, token ${token}`;
}

/** All tokens of a run, in eight bytes each. */
class Tokens {
  private values = new Float64Array(1_024);
  private count = 0;

  add(token: number): void {
    if (this.count === this.values.length) {
      const values = new Float64Array(this.count * 2);
      values.set(this.values);
      this.values = values;
    }
    this.values[this.count++] = token;
  }

  repeated(): number {
    const sorted = this.values.subarray(0, this.count).sort();
    let repeated = 0;
    for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) repeated++;
    return repeated;
  }
}
