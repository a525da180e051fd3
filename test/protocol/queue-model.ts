import { deepStrictEqual, ok } from 'node:assert';
import type { Answer, Ask, Child, WorkerDriver, WorkerOptions } from './queue-driver';
import type { QueueState } from './queue-state';

const FRONT = -9007199254740991;

export type WorkerModel = {
  readonly driver: WorkerDriver;
  readonly options: Required<WorkerOptions>;
  /** Redis has a record of it. */
  alive: boolean;
  deadline: number;
  exchange: number;
  /** Names of the answer to the last exchange, and of the one before. */
  answer: string;
  before: string;
  head: number;
  held: number[];
  running: Set<number>;
  /** How far its handlers are. */
  progress: Map<number, string>;
  gave: number;
  alone: boolean;
  leaving: boolean;
  answers: Map<number, Answer>;
};

/** How the record of a worker begins. */
export const NOTHING_YET = {
  exchange: 0,
  answer: '0',
  before: '0',
  head: 0,
  gave: 0,
  alone: false,
  leaving: false,
} as const;

export type Charge = {
  attempts: number;
  crashes: number;
  later: number;
  /** How the last attempts failed, in JSON. */
  history: readonly string[];
};

const UNCHARGED: Charge = { attempts: 0, crashes: 0, later: 0, history: [] };

export type Outcomes = {
  keep?: [number, number][];
  done?: number[];
  results?: [number, number, string][];
  add?: [number, number, Child[]][];
  retry?: [id: number, position: number, delay: number, failure?: string][];
  later?: [number, number, number][];
  dead?: [number, number, string][];
  back?: [number, number][];
  forget?: number[];
  /** Without a text: what it left goes. */
  checkpoint?: [id: number, text?: string][];
  slow?: number;
  /** Without a text: its attempt has ended. */
  progress?: [id: number, text?: string][];
};

/** What the queue should be, in plain words: every item by its id, and where it stands. */
export class QueueModel {
  /** ms, as Redis tells it */
  now = 1_800_000_000_000;
  wall = 0;
  clock = 0;
  gap = 0;
  /** When Redis was heard of again last after a silence, on the clock: every lease lasts from then on at least. */
  silence = FRONT;
  exists = false;
  readonly pushed: string[] = [];
  claimed = 0;
  /** What was filled in and not pushed, because its key was there. */
  skipped = 0;
  readonly seen = new Set<string>();
  readonly done = new Set<number>();
  readonly dropped = new Set<number>();
  /** Items that nobody filled in. */
  added = 0;
  /** What is to come before the end: the wish of the last worker that came with one. */
  finally: 'success' | 'always' | undefined;
  /** The id of the finalizer, once it was made, and how many items were done before it. */
  finalizer: number | undefined;
  finalAfter = 0;
  /** Finalizers, without those that were dropped as dead letters. */
  finals = 0;
  readonly results = new Set<number>();
  readonly dead = new Map<number, string>();
  readonly retries = new Map<number, number>();
  readonly suspects = new Map<number, number>();
  readonly attempts = new Map<number, Charge>();
  readonly checkpoints = new Map<number, string>();
  readonly workers = new Map<string, WorkerModel>();
  readonly runs = new Set<string>();
  readonly fills = new Map<string, number>();
  batch: string | undefined;
  /** The epoch; undefined until it is seen. */
  epoch: string | undefined;
  /** Items of each batch that was replaced, and the batch of each epoch that ended so. */
  readonly former = new Map<string, number>();
  readonly ended = new Map<string, string>();
  sealed = false;
  total: number | undefined;
  paused = false;
  /** Until then nothing is handed out, on the clock. */
  slow = 0;
  /** Items that were dropped since it was cancelled; undefined: it was not. */
  cancelled: number | undefined;
  /** What was in the bucket of tokens when it was looked at last, on the clock. */
  bucket: { readonly tokens: string; readonly refilled: number } | undefined;
  dry = '';
  lastClaim = 0;
  lastToken = 0;
  /** The latest time there was, in ms. */
  latest = this.now;
  /** Brings back what Redis had written to its disk at that time, and when the last script had run by then. */
  writtenDown: { readonly at: number; readonly wall: number; goBack(): Promise<void> } | undefined;
  rolledBack = false;
  before: QueueState | undefined;

  get listed(): string[] {
    return this.pushed.slice(this.claimed);
  }

  get alive(): WorkerModel[] {
    return [...this.workers.values()].filter((worker) => worker.alive);
  }

  idle(worker: WorkerModel): boolean {
    return worker.held.length === 0 && worker.running.size === 0;
  }

  tick(): void {
    const passed = this.now - this.wall;
    this.wall = this.now;
    if (passed >= 0 && passed <= this.gap) {
      this.clock += passed;
      return;
    }
    if (passed > 0) this.clock += this.gap;
    this.silence = this.clock;
  }

  /** Whether all of the batch is done, and nothing of it is kept. */
  get isReplaceable(): boolean {
    return (
      this.sealed &&
      this.cancelled === undefined &&
      this.claimed >= (this.total ?? 0) &&
      this.listed.length + this.retries.size + this.suspects.size + this.dead.size + this.results.size === 0 &&
      !this.isFinalizerOwed &&
      this.alive.every((worker) => this.idle(worker))
    );
  }

  /** Whether the finalizer comes before the end; what else there is has ended. */
  private get isFinalizerOwed(): boolean {
    const { finalizer } = this;
    if (this.finally === undefined || (this.finally === 'success' && this.dead.size > 0)) return false;
    if (finalizer === undefined || this.retries.has(finalizer)) return true;
    return this.done.size > this.finalAfter + 1 && !this.dead.has(finalizer);
  }

  /** Another batch takes the place of this one. */
  beginAnew(batch: string): void {
    const { batch: older, epoch, before } = this;
    const given = (this.total ?? this.claimed) - this.added + this.skipped;
    this.former.set(older as string, this.fills.get(older as string) ?? given);
    this.ended.set(epoch as string, older as string);
    this.fills.delete(older as string);
    this.pushed.length = 0;
    for (const kept of [this.done, this.dropped, this.attempts, this.runs, this.seen, this.checkpoints]) kept.clear();
    const { clock = '0', token = '0' } = before?.meta ?? {};
    const goesOn = before && { ...before, meta: { clock, token } };
    Object.assign(this, {
      batch,
      epoch: undefined,
      claimed: 0,
      added: 0,
      finally: undefined,
      finalizer: undefined,
      finalAfter: 0,
      finals: 0,
      skipped: 0,
      sealed: false,
      total: undefined,
      dry: '',
      lastClaim: 0,
    });
    this.before = goesOn;
  }

  enter(worker: WorkerModel): void {
    const half = Math.floor(worker.options.lease / 2);
    if (!this.exists) {
      this.exists = true;
      this.wall = this.now;
      this.gap = half;
    }
    this.epoch ??= worker.driver.epoch;
    this.tick();
    this.gap = this.alive.length === 0 ? half : Math.min(this.gap, half);
    if (!worker.alive) {
      Object.assign(worker, {
        ...NOTHING_YET,
        alive: true,
        held: [],
        running: new Set(),
        progress: new Map(),
        answers: new Map(),
      });
    }
    this.setLease(worker);
    const { batch, finally: final } = worker.options;
    if (final !== '' && (batch === '' || this.batch === undefined || this.batch === batch)) this.finally = final;
  }

  /** One that holds nothing has a long one. */
  private setLease(worker: WorkerModel): void {
    const { lease } = worker.options;
    worker.deadline = this.clock + (this.idle(worker) ? Math.max(60_000, 2 * lease) : lease);
  }

  renew(worker: WorkerModel, from: number | '', sent: number, leaving = false): boolean {
    if (!worker.alive || worker.driver.epoch !== this.epoch) return false;
    worker.leaving ||= leaving;
    this.tick();
    if (from !== '' && worker.exchange <= sent) this.giveBackFrom(worker, from);
    this.setLease(worker);
    return true;
  }

  abandon(
    worker: WorkerModel,
    charge: { retry: [id: number, delay: number, failure?: string][]; dead: [number, string][]; crash: number[] },
  ): boolean {
    if (!worker.alive || worker.driver.epoch !== this.epoch) return false;
    this.tick();
    const { answer } = worker.driver;
    const charged = answer === worker.answer || answer === worker.before;
    for (const id of [...worker.running, ...worker.held]) {
      if (!charged) {
        this.giveBack(worker, id);
        continue;
      }
      const retried = charge.retry.find(([other]) => other === id);
      const dead = charge.dead.find(([other]) => other === id);
      if (retried) this.retry(id, retried[1], retried[2]);
      else if (dead) this.bury(id, dead[1]);
      else if (charge.crash.includes(id)) this.crash(worker, id);
      else this.giveBack(worker, id);
    }
    this.remove(worker);
    return true;
  }

  /** Checks an answer against what the queue should have done, and does the same. */
  exchanged(worker: WorkerModel, number: number, ask: Ask & { outcomes?: Outcomes }, answer: Answer): void {
    if (worker.driver.epoch !== this.epoch) {
      const batch = this.ended.get(worker.driver.epoch);
      if (batch === undefined) this.expect(answer, { kind: 'lost', why: 'another queue' });
      else {
        const { endless } = worker.options;
        const isItsEnd = worker.alive && this.idle(worker) && !endless && ['', batch].includes(worker.options.batch);
        if (this.idle(worker)) this.remove(worker);
        this.expect(answer, isItsEnd ? this.formerly(batch) : { kind: 'stale' });
      }
      return;
    }
    if (!worker.alive || number < worker.exchange) {
      this.expect(answer, { kind: 'stale' });
      return;
    }
    const { follows } = worker.driver.sent[number] as WorkerDriver['sent'][number];
    if (number === worker.exchange && follows === worker.before) {
      if (worker.gave === 0) {
        this.expect(answer, { kind: 'held', ...this.overOf(worker) });
        return;
      }
      const given = worker.answers.get(number) as Extract<Answer, { kind: 'work' }>;
      const more = { ...given.more, ...this.overOf(worker)?.more };
      this.expect(answer, Object.keys(more).length > 0 ? { ...given, more } : given);
      return;
    }
    this.tick();
    const { advance = 0, backFrom, want = 0 } = ask;
    if (number !== worker.exchange + 1 || follows !== worker.answer || advance > worker.held.length) {
      for (const id of [...worker.running, ...worker.held]) this.giveBack(worker, id);
      this.remove(worker);
      this.expect(answer, { kind: 'stale' });
      return;
    }
    worker.deadline = this.clock + worker.options.lease;
    worker.gave = 0;
    if (backFrom !== undefined) this.giveBackFrom(worker, backFrom);
    this.settle(worker, advance, ask.outcomes ?? {});
    if (this.idle(worker)) worker.alone = false;
    this.recover();
    Object.assign(worker, { exchange: number, before: worker.answer, answer: worker.driver.heard });
    worker.leaving ||= ask.leaving ?? false;
    if (want < 0) {
      for (const id of [...worker.running, ...worker.held]) this.giveBack(worker, id);
      this.remove(worker);
      const verdict = this.verdict(worker) as Answer;
      this.expect(answer, verdict.kind === 'wait' ? this.counted('left') : verdict);
      return;
    }
    this.claim(worker, ask, answer);
    if (worker.alive) this.setLease(worker);
    worker.answers.set(number, answer);
  }

  private claim(worker: WorkerModel, ask: Ask, answer: Answer): void {
    const { want = 0, need = want } = ask;
    const { batch } = worker.options;
    const allowed =
      want > 0 &&
      !this.paused &&
      this.heldBack(worker) === undefined &&
      this.overOf(worker) === undefined &&
      !worker.alone &&
      !worker.leaving &&
      (batch === '' || (this.batch === batch && this.sealed));
    const due = this.retriedItems.filter((id) => (this.retries.get(id) as number) <= this.clock);
    const suspects = ascending(this.suspects).filter((id) => (this.suspects.get(id) as number) <= this.clock);
    const available = due.length + this.listed.length;
    const idle = this.idle(worker);

    if (answer.kind === 'work' && !isFinalizer(answer)) {
      ok(allowed, `${worker.driver.name} was given items that it may not have`);
      const { items } = answer;
      ok(items.length > 0 && items.length <= want);
      const bucket = this.bucketOf(worker);
      const tokens = bucket?.whole ?? Number.POSITIVE_INFINITY;
      ok(items.length <= tokens, `${worker.driver.name} was given more than its rate allows`);
      if (bucket) this.putTokens(bucket, bucket.tokens - items.length);
      if (answer.alone) {
        ok(idle, 'what runs alone runs beside nothing');
        deepStrictEqual(
          items.map(({ id }) => id),
          suspects.slice(0, 1),
        );
        worker.alone = true;
      } else {
        const fresh = this.listed.map((_, i) => this.claimed + 1 + i);
        deepStrictEqual(
          items.map(({ id }) => id),
          [...due, ...fresh].slice(0, items.length),
        );
        ok(items.length >= Math.min(need, want, available, tokens), 'as much as would start at once');
        if (suspects.length > 0) ok(this.dryElsewhere(worker), 'nobody is asked to run dry');
      }
      worker.gave = items.length;
      items.forEach((item, i) => {
        const { id } = item;
        deepStrictEqual(item.position, worker.head + worker.held.length);
        deepStrictEqual(item.payload.toString('latin1'), this.pushed[id - 1]);
        const { attempts, crashes, later } = item;
        const { history: _, ...charge } = this.attempts.get(id) ?? UNCHARGED;
        deepStrictEqual({ attempts, crashes, later }, charge);
        deepStrictEqual(item.resumed, this.checkpoints.get(id));
        ok(item.token > this.lastToken, `token ${item.token} after ${this.lastToken}`);
        this.lastToken = item.token;
        this.retries.delete(id);
        this.suspects.delete(id);
        worker.held.push(id);
        this.claimed = Math.max(this.claimed, id);
        if (i === 0) this.runs.add(worker.options.run);
      });
      this.lastClaim = this.clock;
      return;
    }
    if (idle) ok(!allowed || available + suspects.length === 0, 'an idle worker was given nothing');
    if (allowed && available > 0) ok(suspects.length > 0 && !idle, 'nothing, though there is something');
    if (!idle) {
      this.expect(answer, { kind: 'held', ...this.overOf(worker) });
      return;
    }
    this.dropIdle(worker);
    const verdict = this.verdict(worker, want > 0 && !worker.leaving);
    if (verdict === 'finalizer') {
      this.giveFinalizer(worker, answer);
      return;
    }
    if (answer.kind === 'spare') {
      ok(worker.options.spare !== '', `${worker.driver.name} leaves, and has to stay`);
      const claimable = this.listed.length + this.retries.size + this.suspects.size;
      ok(this.sealed && !this.paused && claimable === 0, `${worker.driver.name} leaves, and more is to come`);
    }
    if (verdict.kind === 'drained' || verdict.kind === 'spare') {
      this.remove(worker);
      this.expect(answer, verdict);
      return;
    }
    const waits = verdict.kind === 'wait' && { ...verdict, due: this.due(verdict.due), ...this.overOf(worker) };
    this.expect(answer, waits || verdict);
    // Such an answer has no name that another exchange could repeat: its process ends.
    if (verdict.kind === 'lost') worker.answer = 'lost';
  }

  private giveFinalizer(worker: WorkerModel, answer: Answer): void {
    if (answer.kind !== 'work') throw new Error(`no finalizer, but ${JSON.stringify(answer)}`);
    if (this.finalizer === undefined || !this.retries.delete(this.finalizer)) {
      this.pushed.push('');
      this.claimed++;
      this.added++;
      this.finals++;
      this.finalizer = this.pushed.length;
      this.finalAfter = this.done.size;
      if (this.total !== undefined) this.total++;
    }
    const { finalizer: id } = this;
    const [item] = answer.items;
    const { history: _, ...charge } = this.attempts.get(id) ?? UNCHARGED;
    const { token = 0, attempts, crashes, later } = item ?? {};
    deepStrictEqual([answer.items.length, answer.alone, answer.more], [1, true, { finalizer: true }]);
    deepStrictEqual([item?.id, item?.position, String(item?.payload)], [id, worker.head, '']);
    deepStrictEqual({ attempts, crashes, later }, charge);
    deepStrictEqual(item?.resumed, this.checkpoints.get(id));
    ok(token > this.lastToken, `token ${token} after ${this.lastToken}`);
    Object.assign(this, { lastToken: token, lastClaim: this.clock });
    Object.assign(worker, { held: [id], gave: 1, alone: true });
    this.runs.add(worker.options.run);
  }

  /** What waits for another attempt, in order; the finalizer does not count as an item. */
  private get retriedItems(): number[] {
    return ascending(this.retries).filter((id) => id !== this.finalizer);
  }

  /** When a worker that waits is to ask again: few enough wait for each to be told. */
  private due(due = Number.POSITIVE_INFINITY): number {
    const ends = this.alive.filter((worker) => !this.idle(worker)).map(({ deadline }) => deadline);
    return Math.floor(Math.min(due, this.gap / 2, ...ends.map((end) => Math.max(250, end - this.clock))));
  }

  private dryElsewhere(worker: WorkerModel): boolean {
    return this.alive.some((other) => other !== worker && other.driver.name === this.dry);
  }

  verdict(worker: WorkerModel, wants = false): Answer | 'finalizer' {
    const { batch, run, settle, spare } = worker.options;
    const wait = (why: string, due?: number): Answer => ({ kind: 'wait', why, due });
    const isOther = batch !== '' && this.batch !== batch;
    if (isOther && this.former.has(batch)) return this.formerly(batch);
    const over = this.overOf(worker)?.more.over;
    if (over !== undefined) return wait(over);
    if (this.paused) return wait('paused');
    if (isOther && this.batch !== undefined && !this.isReplaceable) return { kind: 'lost', why: 'another batch' };
    if (isOther || (batch !== '' && !this.sealed)) return wait('filling');
    const back = this.heldBack(worker);
    const heldBack = () => wait(back?.why ?? 'others', back?.ms);
    if (this.listed.length > 0) return heldBack();
    const isLater = (due: number) => due > this.clock;
    const retried = this.retriedItems.map((id) => this.retries.get(id) as number);
    const due = [...retried, ...[...this.suspects.values()].filter(isLater)];
    if (retried.length > 0 || (this.suspects.size > 0 && [...this.suspects.values()].every(isLater))) {
      const first = Math.max(0, Math.min(...due) - this.clock);
      return back && back.ms >= first ? heldBack() : wait('retries', first);
    }
    if (this.suspects.size > 0) return heldBack();
    const quiet = this.clock - this.lastClaim;
    if (this.alive.some((other) => !this.idle(other))) {
      const why = this.isFinalizerUnderWay ? 'finalizer' : 'others';
      const isParked = this.retries.size > 0;
      if (!wants || spare === '' || !this.sealed || this.claimed < (this.total ?? 0) || isParked) return wait(why);
      return quiet < spare ? wait(why, spare - quiet) : this.counted('spare');
    }
    if (this.sealed) {
      this.total ??= this.claimed;
      ok(this.claimed >= this.total, 'the model has lost items');
      return this.theEnd(worker, wants);
    }
    if (worker.options.endless) return wait('empty');
    if (!this.runs.has(run)) return wait('unfilled');
    return quiet < settle ? wait('settling', settle - quiet) : this.theEnd(worker, wants);
  }

  private theEnd(worker: WorkerModel, wants: boolean): Answer | 'finalizer' {
    if (worker.options.endless) return { kind: 'wait', why: 'empty', due: undefined };
    if (!this.isFinalizerOwed) return this.counted('drained');
    const due = Math.max(0, this.slow - this.clock, (this.retries.get(this.finalizer ?? 0) ?? FRONT) - this.clock);
    if (worker.options.finally !== '' && wants && due === 0) return 'finalizer';
    return { kind: 'wait', why: 'finalizer', due: due > 0 ? due : undefined };
  }

  /** Whether it may be what others hold. */
  private get isFinalizerUnderWay(): boolean {
    const { finalizer: id } = this;
    return id !== undefined && this.done.size === this.finalAfter && !this.retries.has(id) && !this.dead.has(id);
  }

  private formerly(batch: string): Answer {
    const items = this.former.get(batch) as number;
    return { kind: 'drained', claimed: items, done: items, dead: 0 };
  }

  private counted(kind: 'drained' | 'spare' | 'left'): Answer {
    const dead = this.dead.has(this.finalizer ?? 0) ? 1 : 0;
    const open = this.done.size === this.finalAfter ? 1 : dead;
    const finalizers = this.finals > 0 && { finalizers: { claimed: this.finals, done: this.finals - open, dead } };
    return { kind, claimed: this.claimed, done: this.done.size, dead: this.dead.size, ...finalizers };
  }

  private expect(answer: Answer, expected: Answer | undefined): void {
    if (expected?.kind === 'lost' && answer.kind === 'lost') return;
    deepStrictEqual(answer, expected);
  }

  private settle(worker: WorkerModel, advance: number, outcomes: Outcomes): void {
    for (const [id, text] of outcomes.checkpoint ?? []) {
      ok(worker.held.includes(id) || worker.running.has(id), `the test names item ${id}, which is not there`);
      if (text === undefined) this.checkpoints.delete(id);
      else this.checkpoints.set(id, text);
    }
    for (const [id, text] of outcomes.progress ?? []) {
      ok(worker.held.includes(id) || worker.running.has(id), `the test names item ${id}, which is not there`);
      if (text === undefined) worker.progress.delete(id);
      else worker.progress.set(id, text);
    }
    const window = worker.held.splice(0, advance);
    worker.head += advance;
    const named = new Set<number>();
    const take = (id: number) => {
      named.add(id);
      ok(window.includes(id) || worker.running.delete(id), `the test names item ${id}, which is not there`);
    };
    for (const [id] of outcomes.keep ?? []) {
      take(id);
      worker.running.add(id);
    }
    for (const [id] of outcomes.results ?? []) {
      take(id);
      this.done.add(id);
      this.results.add(id);
    }
    for (const [id] of outcomes.add ?? []) {
      if (!this.results.has(id)) take(id);
      this.done.add(id);
    }
    this.add((outcomes.add ?? []).flatMap(([, , children]) => children));
    for (const id of outcomes.done ?? []) {
      take(id);
      this.done.add(id);
    }
    for (const [id, , delay, failure] of outcomes.retry ?? []) {
      take(id);
      this.retry(id, delay, failure);
    }
    for (const [id, , delay] of outcomes.later ?? []) {
      take(id);
      this.postpone(worker, id, delay);
    }
    for (const [id, , header] of outcomes.dead ?? []) {
      take(id);
      this.bury(id, header);
    }
    for (const [id] of outcomes.back ?? []) {
      take(id);
      this.giveBack(worker, id);
    }
    if (outcomes.slow) this.slow = Math.max(this.slow, this.clock + outcomes.slow);
    for (const id of outcomes.forget ?? []) this.attempts.delete(id);
    for (const id of window) if (!named.has(id)) this.done.add(id);
  }

  private add(children: readonly Child[]): void {
    const fresh = children.filter(({ key }) => this.isNew(key));
    const payloads = (ahead: boolean) =>
      fresh.filter(({ front = false }) => front === ahead).map(({ payload }) => payload);
    if (this.cancelled === undefined) {
      this.pushed.push(...payloads(false));
      this.pushed.splice(this.claimed, 0, ...payloads(true));
    } else {
      this.pushed.splice(this.claimed, 0, ...fresh.map(({ payload }) => payload));
      for (const _ of fresh) this.drop(++this.claimed);
    }
    this.added += fresh.length;
    if (this.total !== undefined) this.total += fresh.length;
    if (fresh.length > 0) this.lastClaim = this.clock;
  }

  /** Whether an item with that key comes into the queue; from now on, no other one does. */
  isNew(key: string | undefined): boolean {
    if (key === undefined) return true;
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    return true;
  }

  private giveBackFrom(worker: WorkerModel, position: number): void {
    const from = Math.max(0, position - worker.head);
    const back = worker.held.splice(from);
    for (const id of back) {
      this.giveBack(worker, id);
      worker.progress.delete(id);
    }
    if (back.length > 0) worker.gave = 0;
    const bucket = back.length > 0 ? this.bucketOf(worker) : undefined;
    if (bucket) this.putTokens(bucket, bucket.tokens + back.length);
  }

  private bucketOf({ options }: WorkerModel) {
    if (options.rate === '') return undefined;
    const [items, per] = options.rate.split('/').map(Number) as [number, number];
    const each = per / items;
    const room = Math.max(1, Math.floor(items / 10));
    const { bucket } = this;
    const tokens = bucket ? Math.min(room, Number(bucket.tokens) + (this.clock - bucket.refilled) / each) : room;
    return { tokens, whole: Math.floor(tokens + 0.00001), room, each };
  }

  private putTokens({ room }: { readonly room: number }, tokens: number): void {
    this.bucket = { tokens: Math.max(0, Math.min(room, tokens)).toFixed(6), refilled: this.clock };
  }

  /** Why nothing is handed out, whatever waits, and for how long. */
  private heldBack(worker: WorkerModel): { readonly why: string; readonly ms: number } | undefined {
    if (this.slow > this.clock) return { why: 'slowed', ms: this.slow - this.clock };
    const bucket = this.bucketOf(worker);
    if (!bucket || bucket.whole > 0) return undefined;
    const worth = Math.max(1, Math.min(Math.floor(bucket.room / 2), Math.floor(50 / bucket.each)));
    return { why: 'rate', ms: Math.ceil((worth - bucket.tokens - 0.00001) * bucket.each) };
  }

  /** Why a worker is to stop. */
  private overOf(worker: WorkerModel): { readonly more: { readonly over: string } } | undefined {
    const { batch, failFast } = worker.options;
    if (batch !== '' && batch !== this.batch) return undefined;
    if (this.cancelled !== undefined) return { more: { over: 'cancelled' } };
    return failFast && this.dead.size > 0 ? { more: { over: 'failed' } } : undefined;
  }

  /** Whether there is anything left to cancel. */
  get isOver(): boolean {
    const left = this.listed.length + this.retries.size + this.suspects.size;
    const isHeld = this.alive.some((worker) => !this.idle(worker));
    const isAllClaimed = this.sealed && this.claimed >= (this.total ?? 0);
    return this.cancelled === undefined && isAllClaimed && left === 0 && !isHeld && !this.isFinalizerOwed;
  }

  /** Nothing is handed out from now on, and what waits is dropped. */
  cancel(): void {
    this.cancelled ??= 0;
    const waiting = [...this.retries.keys(), ...this.suspects.keys()];
    for (const id of waiting) this.drop(id);
    while (this.claimed < this.pushed.length) this.drop(++this.claimed);
  }

  private drop(id: number): void {
    this.retries.delete(id);
    this.suspects.delete(id);
    this.attempts.delete(id);
    this.dropped.add(id);
    this.checkpoints.delete(id);
    if (id === this.finalizer) this.finals--;
    this.cancelled = (this.cancelled ?? 0) + 1;
  }

  /** It waits for another attempt; of a cancelled queue, it is dropped. */
  private park(queue: Map<number, number>, id: number, due: number): void {
    if (this.cancelled === undefined) queue.set(id, due);
    else this.drop(id);
  }

  private giveBack(worker: WorkerModel, id: number): void {
    this.park(worker.alone && id !== this.finalizer ? this.suspects : this.retries, id, FRONT + id);
  }

  private retry(id: number, delay: number, failure?: string): void {
    const was = this.attempts.get(id) ?? UNCHARGED;
    this.attempts.set(id, { ...was, attempts: was.attempts + 1, history: remember(was, failure) });
    this.park(this.retries, id, this.clock + delay);
  }

  private postpone(worker: WorkerModel, id: number, delay: number): void {
    const was = this.attempts.get(id) ?? UNCHARGED;
    this.attempts.set(id, { ...was, later: was.later + 1 });
    this.park(worker.alone && id !== this.finalizer ? this.suspects : this.retries, id, this.clock + delay);
  }

  private bury(id: number, header: string): void {
    const { history } = this.attempts.get(id) ?? UNCHARGED;
    this.dead.set(id, history.length > 0 ? header.replace(/}$/, `,"history":[${history}]}`) : header);
    this.attempts.delete(id);
    this.checkpoints.delete(id);
  }

  private crash(worker: WorkerModel, id: number): void {
    const was = this.attempts.get(id) ?? UNCHARGED;
    const attempts = was.attempts + 1;
    const { maxAttempts } = worker.options;
    const crashes = was.crashes + 1;
    const [at, pod] = [this.wall, `pod-${worker.driver.name}`];
    if (worker.alone && attempts >= maxAttempts) {
      const error = `its worker crashed ${crashes} times, the last time while it ran alone`;
      this.bury(id, JSON.stringify({ reason: 'crash', attempts, crashes, at, error, worker: pod }));
      return;
    }
    const failure = JSON.stringify({ attempt: attempts, at, error: 'its worker crashed', worker: pod });
    this.attempts.set(id, { ...was, attempts, crashes, history: remember(was, failure) });
    const isAlone = attempts >= maxAttempts - 1 && id !== this.finalizer;
    this.park(isAlone ? this.suspects : this.retries, id, FRONT + id);
  }

  private recover(): void {
    for (const late of this.alive.filter((worker) => !this.idle(worker) && worker.deadline <= this.clock)) {
      const after = this.silence + late.options.lease;
      if (after > this.clock) {
        late.deadline = after;
        continue;
      }
      for (const id of [...late.running, ...late.held]) {
        if (late.leaving) this.giveBack(late, id);
        else this.crash(late, id);
      }
      this.remove(late);
    }
  }

  private dropIdle(asking: WorkerModel): void {
    if (this.silence + 60_000 > this.clock) return;
    for (const late of this.alive.filter((worker) => this.idle(worker) && worker.deadline <= this.clock)) {
      if (late !== asking) this.remove(late);
    }
  }

  private remove(worker: WorkerModel): void {
    Object.assign(worker, { alive: false, held: [], running: new Set(), progress: new Map() });
  }

  /** The queue as it stands; what is returned brings it back, at a later time. */
  keep(): () => void {
    const { workers, before, writtenDown, ...plain } = this;
    const kept = copyOf(plain);
    const records = [...workers.values()].map(({ driver, ...record }) => copyOf(record));
    return () => {
      const { latest, lastToken } = this;
      Object.assign(this, copyOf(kept), { latest, lastToken, before: undefined, rolledBack: true });
      [...workers.values()].forEach((worker, i) => {
        Object.assign(worker, i < records.length ? copyOf(records[i]) : { alive: false });
      });
    };
  }

  /** Takes what the queue is now: what it counts may not go back from there. */
  saw(state: QueueState): void {
    this.dry = state.meta.dry ?? '';
    this.epoch = state.meta.epoch;
    this.before = state;
  }
}

/** A deep copy; the clone of Node comes from another realm, in which nothing is equal to anything of this one. */
function copyOf<T>(value: T): T {
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, copyOf(each)])) as T;
  if (value instanceof Set) return new Set(value) as T;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copyOf(each)])) as T;
}

/** How the last four attempts failed, of which the last one may be told. */
function remember({ history }: Charge, failure: string | undefined): readonly string[] {
  return failure === undefined ? history : [...history, failure].slice(-4);
}

function isFinalizer({ more = {} }: Extract<Answer, { kind: 'work' }>): boolean {
  return 'finalizer' in more;
}

function ascending(queue: ReadonlyMap<number, number>): number[] {
  return [...queue].sort(([a, x], [b, y]) => x - y || (String(a) < String(b) ? -1 : 1)).map(([id]) => id);
}
