import { deepStrictEqual, ok, rejects } from 'node:assert';
import fc from 'fast-check';
import { compare } from './queue-comparison';
import { type Ask, type Child, type QueueDriver, WorkerDriver, type WorkerOptions } from './queue-driver';
import { NOTHING_YET, type Outcomes, type QueueModel, type WorkerModel } from './queue-model';

/** Numbers that decide what an operation does, once the state in which it runs is known. */
class Dice {
  private at = 0;
  constructor(private readonly numbers: readonly number[]) {}

  upTo(max: number): number {
    const number = this.numbers[this.at++ % this.numbers.length] as number;
    return number % (max + 1);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.upTo(choices.length - 1)] as T;
  }
}

const CANCELLED = /^(Reply)?Error: CANCELLED/;

type Operation = (model: QueueModel, driver: QueueDriver, dice: Dice) => Promise<unknown>;

/** What the next exchange of a worker tells: a random end for each item it takes off, a few of the running ones. */
function randomAsk(model: QueueModel, worker: WorkerModel, dice: Dice): Ask & { outcomes?: Outcomes } {
  const outcomes: Required<Omit<Outcomes, 'slow'>> = {
    keep: [],
    done: [],
    results: [],
    add: [],
    retry: [],
    later: [],
    dead: [],
    back: [],
    forget: [],
    checkpoint: [],
    progress: [],
  };
  const children = (of: number): Child[] =>
    Array.from({ length: dice.upTo(2) }, (_, i) => {
      const key = dice.of([undefined, undefined, `key ${dice.upTo(6)}`]);
      return { payload: `child ${i} of ${of}`, front: dice.upTo(3) === 3, ...(key !== undefined && { key }) };
    });
  const end = (id: number, position: number, kind: string) => {
    const again = model.attempts.has(id);
    if (kind === 'keep') outcomes.keep.push([id, position]);
    else if (kind === 'retry') outcomes.retry.push([id, position, dice.of([0, 500, 4_000, 100_000]), ...failure(dice)]);
    else if (kind === 'later') outcomes.later.push([id, position, dice.of([0, 700, 9_000])]);
    else if (kind === 'dead') outcomes.dead.push([id, position, '{"reason":"handler"}']);
    else if (kind === 'back') outcomes.back.push([id, position]);
    else if (kind === 'add') {
      outcomes.add.push([id, position, children(id)]);
      if (dice.upTo(2) === 2) outcomes.results.push([id, position, '[1]']);
    } else if (kind === 'results') outcomes.results.push([id, position, '{"ok":true}']);
    else if (position < 0) outcomes.done.push(id);
    const isDone = ['done', 'results', 'add'].includes(kind);
    if (again && isDone) outcomes.forget.push(id);
    if (isDone && model.checkpoints.has(id)) outcomes.checkpoint.push([id]);
    if (kind === 'keep') note(id);
    else if (!isDone && dice.upTo(3) === 3) leave(id);
    if (kind !== 'keep' && worker.progress.has(id)) outcomes.progress.push([id]);
  };
  const leave = (id: number) => outcomes.checkpoint.push([id, dice.of(['{"page":1}', '"né"', '0'])]);
  const note = (id: number) => {
    if (dice.upTo(1) === 1) leave(id);
    if (dice.upTo(1) === 1) outcomes.progress.push([id, dice.of(['0.5 half', '1 '])]);
  };
  for (const id of worker.running) {
    const kind = dice.of(['still', 'done', 'results', 'retry', 'later', 'dead', 'back', 'still', 'add']);
    if (kind !== 'still') end(id, -1, kind);
    else note(id);
  }
  const backFrom =
    worker.held.length > 0 && dice.upTo(4) === 4 ? worker.head + dice.upTo(worker.held.length) : undefined;
  const here = backFrom === undefined ? worker.held.length : backFrom - worker.head;
  const advance = dice.upTo(here);
  worker.held.slice(0, advance).forEach((id, i) => {
    const kinds = ['done', 'done', 'done', 'keep', 'retry', 'later', 'dead', 'back', 'results', 'add'];
    end(id, worker.head + i, dice.of(kinds));
  });
  if (here > advance && dice.upTo(4) === 4) note(worker.held[advance + dice.upTo(here - advance - 1)] as number);
  const told: Outcomes = Object.fromEntries(Object.entries(outcomes).filter(([, entries]) => entries.length > 0));
  if (dice.upTo(24) === 24) told.slow = dice.of([300, 2_000, 12_000]);
  const want = dice.of([3, 1, 0, 8, 40]);
  return {
    advance,
    want,
    need: dice.upTo(want),
    ...(Object.keys(told).length > 0 && { outcomes: told }),
    ...(backFrom !== undefined && { backFrom }),
  };
}

/** How an attempt failed, which workers of other languages may leave out. */
function failure(dice: Dice): [] | [string] {
  const error = dice.of(['', 'no', 'HTTP 503 "né"', 'a\nb', '{}']);
  return error === '' ? [] : [JSON.stringify({ attempt: 1, at: 1, error, worker: 'w', duration: 3 })];
}

/** What is told of all that a worker holds, where it is done. */
function allDone(model: QueueModel, { held, progress }: WorkerModel): Outcomes {
  return {
    forget: held.filter((id) => model.attempts.has(id)),
    checkpoint: held.filter((id) => model.checkpoints.has(id)).map((id) => [id]),
    progress: held.filter((id) => progress.has(id)).map((id) => [id]),
  };
}

async function exchange(model: QueueModel, worker: WorkerModel, ask: Ask): Promise<void> {
  const answer = await worker.driver.exchange(ask);
  model.exchanged(worker, worker.driver.number, ask, answer);
}

async function enter(
  model: QueueModel,
  driver: QueueDriver,
  dice: Dice,
  spare: number | '',
  final = dice.of(['', '', 'success', '', 'always'] as const),
): Promise<WorkerModel> {
  const endless = final === '' && spare === '' && dice.upTo(5) === 5;
  const options = {
    lease: dice.of([10_000, 1_000, 60_000]),
    run: dice.of(['run', 'another run']),
    batch: endless ? '' : dice.of(['', '', '', model.batch ?? '', 'b0', 'b1']),
    settle: dice.of([0, 7_000]),
    maxAttempts: dice.of([3, 1, 2]),
    epoch: '',
    spare,
    finally: final,
    rate: dice.of(['', '', '', '40/1000', '3/2000']),
    failFast: !endless && dice.upTo(5) === 5,
    endless,
    earlier: [],
  };
  const worker = new WorkerDriver(driver, `w${model.workers.size}`, options);
  const entered = unknown(worker, options);
  deepStrictEqual((await worker.enter())[0], 'entered');
  model.workers.set(worker.name, entered);
  model.enter(entered);
  return entered;
}

async function pass(model: QueueModel, driver: QueueDriver, ms: number): Promise<void> {
  model.now += ms;
  await driver.pass(ms);
}

async function seal(model: QueueModel, driver: QueueDriver): Promise<void> {
  if (model.cancelled !== undefined) return rejects(driver.seal(), CANCELLED);
  const total = model.total ?? model.pushed.length;
  deepStrictEqual(await driver.seal(), total);
  Object.assign(model, { sealed: true, total });
  if (!model.exists) Object.assign(model, { exists: true, wall: model.now, gap: 5_000 });
}

function unknown(driver: WorkerDriver, options: Required<WorkerOptions>): WorkerModel {
  return {
    ...NOTHING_YET,
    driver,
    options,
    alive: false,
    deadline: 0,
    held: [],
    running: new Set(),
    progress: new Map(),
    answers: new Map(),
  };
}

const someone = (model: QueueModel, dice: Dice) => dice.of([...model.workers.values()]);
const theirs = (worker: WorkerModel) => [...worker.running, ...worker.held];

const operations: Record<string, Operation> = {
  async push(model, driver, dice) {
    const payloads = Array.from({ length: 1 + dice.upTo(5) }, (_, i) =>
      dice.of([`p${model.pushed.length + i}`, 'same', '']),
    );
    await driver.rpush(...payloads);
    model.pushed.push(...payloads);
  },

  async fill(model, driver, dice) {
    const filler = dice.of(['one', 'two']);
    const filled = model.fills.get(filler) ?? 0;
    const offset = dice.of([filled, filled, Math.max(0, filled - 2), filled + 1]);
    const payloads = Array.from({ length: dice.upTo(4) }, (_, i) => `${filler}-${offset + i}`);
    const keys = dice.upTo(3) === 3 ? payloads.map(() => `key ${dice.upTo(6)}`) : undefined;
    const pushing = keys
      ? driver.fillOnce(filler, '', offset, payloads, keys)
      : driver.fill(filler, '', offset, payloads);
    if (model.cancelled !== undefined) return rejects(pushing, CANCELLED);
    if (offset + payloads.length <= filled) return deepStrictEqual(await pushing, filled);
    if (offset > filled) return rejects(pushing, /^(Reply)?Error: GAP/);
    if (model.sealed) return rejects(pushing, /^(Reply)?Error: SEALED/);
    deepStrictEqual(await pushing, offset + payloads.length);
    const fresh = payloads.slice(filled - offset).filter((_, i) => model.isNew(keys?.[filled - offset + i]));
    model.pushed.push(...fresh);
    model.skipped += payloads.length - (filled - offset) - fresh.length;
    model.fills.set(filler, offset + payloads.length);
    if (!model.exists) {
      model.exists = true;
      model.wall = model.now;
      model.gap = 5_000;
    }
  },

  /** The fill of a batch that may be the one of the queue, another one, or one that was replaced. */
  async nextBatch(model, driver, dice) {
    const batch = `b${dice.upTo(4)}`;
    const payloads = Array.from({ length: dice.upTo(4) }, (_, i) => `${batch}-${i}`);
    const pushing = driver.fill(batch, batch, 0, payloads);
    const isOther = model.batch !== batch;
    const former = isOther ? model.former.get(batch) : undefined;
    if (former !== undefined) {
      if (payloads.length > former) return rejects(pushing, /^(Reply)?Error: SEALED/);
      return deepStrictEqual(await pushing, former);
    }
    const replaces = isOther && model.batch !== undefined;
    if (replaces && !model.isReplaceable) return rejects(pushing, /^(Reply)?Error: BATCH/);
    if (model.cancelled !== undefined) return rejects(pushing, CANCELLED);
    const filled = replaces ? 0 : (model.fills.get(batch) ?? 0);
    if (!isOther && payloads.length <= filled) return deepStrictEqual(await pushing, filled);
    if (!replaces && model.sealed) return rejects(pushing, /^(Reply)?Error: SEALED/);
    deepStrictEqual(await pushing, payloads.length);
    if (replaces) model.beginAnew(batch);
    model.batch = batch;
    model.pushed.push(...payloads.slice(filled));
    model.fills.set(batch, payloads.length);
    if (!model.exists) Object.assign(model, { exists: true, wall: model.now, gap: 5_000 });
  },

  /** One worker does all that is left of a batch, and nothing of it is kept. */
  async workOff(model, driver, dice) {
    if (model.batch === undefined || model.paused || model.cancelled !== undefined) return;
    if (!model.sealed) Object.assign(model, { sealed: true, total: await driver.seal() });
    const options = {
      lease: 10_000,
      run: 'run',
      batch: dice.of(['', model.batch]),
      settle: 0,
      maxAttempts: 3,
      epoch: '',
      spare: '' as const,
      rate: '',
      finally: dice.of(['success', 'always'] as const),
      failFast: false,
      endless: false,
      earlier: [],
    };
    const worker = new WorkerDriver(driver, `w${model.workers.size}`, options);
    const entered = unknown(worker, options);
    await worker.enter();
    model.workers.set(worker.name, entered);
    model.enter(entered);
    for (let step = 0; entered.alive && step < 2_000; step++) {
      model.now += model.gap;
      await driver.pass(model.gap);
      await exchange(model, entered, { advance: entered.held.length, want: 50, outcomes: allDone(model, entered) });
    }
    ok(!entered.alive, 'all of it was done');
    await driver.dead('drop', ...model.dead.keys());
    for (const id of model.dead.keys()) model.dropped.add(id);
    if (model.dead.has(model.finalizer ?? 0)) model.finals--;
    model.dead.clear();
    await driver.redis.del(driver.key('results'));
    model.results.clear();
  },

  async enter(model, driver, dice) {
    if (model.alive.length < 5) await enter(model, driver, dice, dice.of(['' as const, 5_000, '' as const, 0]));
  },

  async exchange(model, _, dice) {
    const worker = someone(model, dice);
    if (worker.alive && dice.upTo(30) !== 30) await exchange(model, worker, randomAsk(model, worker, dice));
    else await exchange(model, worker, { want: dice.of([1, 0]) });
  },

  async claim(model, _, dice) {
    const worker = someone(model, dice);
    await exchange(model, worker, { want: 1 + dice.upTo(10), need: 1, leaving: dice.upTo(19) === 19 });
  },

  async resend(model, _, dice) {
    const worker = someone(model, dice);
    const { number } = worker.driver;
    if (!worker.driver.sent[number]) return;
    // What a process sends a second time once its first copy has been worked off is the same exchange, or an echo.
    const answer = await worker.driver.send(number);
    if (!model.rolledBack) ok(!worker.alive || worker.exchange >= number, 'what was sent has been worked off');
    model.exchanged(worker, number, worker.driver.sent[number].ask, answer);
  },

  async lateEcho(model, _, dice) {
    const worker = someone(model, dice);
    const { driver } = worker;
    const kind = dice.of(['exchange', 'enter', 'renew']);
    if (kind === 'exchange' && driver.number > 0) {
      const number = 1 + dice.upTo(driver.number - 1);
      if (!driver.sent[number]) return;
      model.exchanged(worker, number, driver.sent[number].ask, await driver.send(number));
    }
    if (kind === 'enter' && worker.alive) {
      deepStrictEqual((await driver.enter())[0], 'entered');
      model.enter(worker);
    }
    if (kind === 'renew' && driver.number > 0) {
      const [from, sent] = [worker.head + dice.upTo(5), dice.upTo(driver.number - 1)];
      deepStrictEqual(await driver.renew(from, sent), model.renew(worker, from, sent));
    }
  },

  /** The process is ahead of Redis, which went back in time. */
  async gapInNumbers(model, _, dice) {
    const worker = someone(model, dice);
    if (!worker.alive || dice.upTo(3) > 0) return;
    worker.driver.prepare({});
    await exchange(model, worker, { want: 2 });
  },

  /** What comes later, Redis may forget. */
  async writeDown(model, driver) {
    if (!model.exists || model.now < model.wall) return;
    const [inRedis, inModel] = [await driver.keep(), model.keep()];
    const goBack = () => inRedis().then(inModel);
    model.writtenDown = { at: model.now, wall: model.wall, goBack };
  },

  /** Redis comes back without its last moments, some time later; what processes have sent may still arrive. */
  async rollBack(model, driver, dice) {
    const { writtenDown, latest } = model;
    if (!writtenDown) return;
    const back = dice.upTo(4) === 4;
    const { at, wall } = writtenDown;
    // A clock that is set back meanwhile: to before what Redis remembers, which has forgotten no more than seconds.
    if (back && (latest - wall > 50_000 || wall <= at - 20_000)) return;
    await writtenDown.goBack();
    driver.now = model.now = back ? at - 20_000 : latest + dice.of([10, 900, 30_000]);
    if (back) model.writtenDown = undefined;
    await driver.pass(0);
  },

  async renew(model, _, dice) {
    const worker = someone(model, dice);
    const from = dice.of(['' as const, '' as const, worker.head + dice.upTo(worker.held.length)]);
    const leaving = dice.upTo(4) === 4;
    const renewed = await worker.driver.renew(from, worker.driver.number, leaving);
    deepStrictEqual(renewed, model.renew(worker, from, worker.driver.number, leaving));
  },

  async abandon(model, _, dice) {
    const worker = someone(model, dice);
    const charge = {
      retry: [] as [id: number, delay: number, failure?: string][],
      dead: [] as [number, string][],
      crash: [] as number[],
    };
    for (const id of theirs(worker)) {
      const kind = dice.of(['back', 'retry', 'dead', 'crash']);
      if (kind === 'retry') charge.retry.push([id, 700, ...failure(dice)]);
      if (kind === 'dead') charge.dead.push([id, '{"reason":"handler"}']);
      if (kind === 'crash') charge.crash.push(id);
    }
    deepStrictEqual(await worker.driver.abandon(charge), model.abandon(worker, charge) ? 1 : 0);
  },

  async leave(model, _, dice) {
    const worker = someone(model, dice);
    if (!worker.alive) return;
    const { want, need, ...ask } = randomAsk(model, worker, dice);
    await exchange(model, worker, { ...ask, want: -1 });
  },

  async time(model, driver, dice) {
    const ms = dice.of([10, 450, 2_400, 5_000, 30_000, 200_000, -50_000]);
    // In what Redis forgets, its clock was not set: tokens cannot tell.
    if (ms < 0) model.writtenDown = undefined;
    await pass(model, driver, ms);
  },

  /** A time in which one worker renews and the others do not. */
  async leaseRunsOut(model, driver, dice) {
    const worker = someone(model, dice);
    if (!worker.alive || model.gap === 0) return;
    for (let passed = 0; passed <= 11_000; passed += model.gap) {
      await pass(model, driver, model.gap);
      deepStrictEqual(await worker.driver.renew(), model.renew(worker, '', worker.driver.number));
    }
  },

  async scriptFlush(_, driver) {
    await driver.redis.script('FLUSH');
  },

  async deadLetters(model, driver, dice) {
    const what = dice.of(['retry', 'drop', 'done'] as const);
    const named = [...model.dead.keys()].filter(() => dice.upTo(1) === 0);
    const ids = named.filter((id) => what !== 'done' || id !== model.finalizer);
    const repeated = dice.upTo(1) === 0 ? named : [...named, ...named, 999];
    if (what === 'retry' && model.cancelled !== undefined) return rejects(driver.dead(what, ...repeated), CANCELLED);
    deepStrictEqual(await driver.dead(what, ...repeated), ids.length);
    for (const id of ids) {
      model.dead.delete(id);
      if (what === 'done') model.done.add(id);
      else if (what === 'drop') {
        model.dropped.add(id);
        if (id === model.finalizer) model.finals--;
      } else model.retries.set(id, -9007199254740991 + id);
    }
  },

  /** One takes all that is left; another asks, and leaves where it may. */
  async takeTheLast(model, driver, dice) {
    const find = (may: boolean) => model.alive.find((each) => model.idle(each) && (each.options.spare !== '') === may);
    const asking = find(true) ?? (await enter(model, driver, dice, dice.of([0, 5_000])));
    const holder = find(false) ?? (await enter(model, driver, dice, ''));
    if (dice.upTo(2) > 0) await seal(model, driver);
    await exchange(model, holder, { want: 1_000, need: 1_000 });
    for (let times = dice.upTo(3); times > 0; times--) await pass(model, driver, 2_400);
    await exchange(model, asking, { want: dice.of([1, 1, 1, 0]), leaving: dice.upTo(5) === 5 });
  },

  /** One does all that is left, and has the finalizer in the end; or another one has. */
  async untilTheFinalizer(model, driver, dice) {
    const find = () => model.alive.find((each) => model.idle(each) && each.options.finally !== '');
    const worker = find() ?? (await enter(model, driver, dice, '', dice.of(['success', 'always'])));
    if (dice.upTo(3) > 0) await seal(model, driver);
    for (let step = 0; step < 8 && worker.alive && worker.held.at(-1) !== model.finalizer; step++) {
      if (worker.held.length === 0) await pass(model, driver, dice.of([10, 2_400]));
      const forget = worker.held.filter((id) => model.attempts.has(id));
      await exchange(model, worker, { advance: worker.held.length, want: 50, outcomes: { forget } });
    }
  },

  /** Rarely, because little happens afterwards. */
  async cancel(model, driver, dice) {
    if (!model.exists || dice.upTo(3) !== 3) return;
    const { isOver } = model;
    if (!isOver) model.cancel();
    deepStrictEqual(await driver.cancel(), isOver ? 0 : model.cancelled);
  },

  async seal(model, driver, dice) {
    if (dice.upTo(4) === 4) await seal(model, driver);
  },

  async sealByHand(model, driver, dice) {
    if (dice.upTo(4) !== 4) return;
    await driver.redis.hset(driver.key('meta'), 'sealed', 1);
    model.sealed = true;
  },

  async pause(model, driver, dice) {
    model.paused = dice.upTo(2) === 2;
    if (model.paused) await driver.redis.hset(driver.key('meta'), 'paused', 1);
    else await driver.redis.hdel(driver.key('meta'), 'paused');
  },
};

class Step implements fc.AsyncCommand<QueueModel, QueueDriver> {
  constructor(
    private readonly name: string,
    private readonly numbers: readonly number[],
  ) {}

  check(model: Readonly<QueueModel>): boolean {
    return (
      model.workers.size > 0 ||
      ['push', 'fill', 'nextBatch', 'workOff', 'enter', 'seal', 'sealByHand', 'pause', 'time'].includes(this.name)
    );
  }

  async run(model: QueueModel, driver: QueueDriver): Promise<void> {
    await (operations[this.name] as Operation)(model, driver, new Dice(this.numbers));
    model.latest = Math.max(model.latest, model.now);
    compare(await driver.state(), model);
  }

  toString(): string {
    return `${this.name}(${this.numbers.join(',')})`;
  }
}

const WEIGHTS: Partial<Record<string, number>> = {
  push: 4,
  enter: 3,
  exchange: 14,
  claim: 8,
  resend: 2,
  lateEcho: 2,
  rollBack: 2,
  writeDown: 2,
  leaseRunsOut: 2,
  nextBatch: 4,
  untilTheFinalizer: 2,
};

/** Random sequences of everything that can happen to a queue. */
export function sequences(maxCommands: number): fc.Arbitrary<Iterable<Step>> {
  const numbers = fc.array(fc.nat(839), { minLength: 24, maxLength: 24 });
  const step = (name: string) => numbers.map((rolled) => new Step(name, rolled));
  const kinds = Object.keys(operations).flatMap((name) => Array<string>(WEIGHTS[name] ?? 1).fill(name));
  return fc.commands([fc.constantFrom(...kinds).chain(step)], { maxCommands, size: 'max' }) as fc.Arbitrary<
    Iterable<Step>
  >;
}

/** Whatever happened, in the end a worker that goes on finishes all that is left. */
export async function finish(model: QueueModel, driver: QueueDriver): Promise<void> {
  await driver.redis.hdel(driver.key('meta'), 'paused');
  await driver.rpush('last');
  model.pushed.push('last');
  model.paused = false;
  const options = {
    lease: 10_000,
    run: 'run',
    batch: '',
    settle: 0,
    maxAttempts: 3,
    epoch: '',
    spare: '',
    rate: '',
    finally: model.pushed.length % 2 === 0 ? 'success' : 'always',
    failFast: false,
    endless: false,
    earlier: [],
  } as const;
  const last = new WorkerDriver(driver, 'last', options);
  const entered = unknown(last, options);
  await last.enter();
  model.workers.set('last', entered);
  model.enter(entered);
  for (let step = 0; step < 2_000; step++) {
    await pass(model, driver, model.gap);
    const advance = entered.held.length;
    const ask = { advance, want: 50, outcomes: allDone(model, entered) };
    const answer = await last.exchange(ask);
    model.exchanged(entered, last.number, ask, answer);
    compare(await driver.state(), model);
    if (model.cancelled !== undefined && model.alive.every((worker) => model.idle(worker))) {
      deepStrictEqual(model.done.size + model.dead.size + model.dropped.size, model.claimed);
      return;
    }
    if (answer.kind === 'drained') {
      deepStrictEqual(model.done.size + model.dead.size + model.dropped.size, model.pushed.length);
      return;
    }
  }
  throw new Error('the queue was never drained');
}
