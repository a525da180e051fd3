import { isDeepStrictEqual } from 'node:util';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { SCRIPTS } from '../../worker/scripts';
import { type Answer, hashOf, QueueDriver, type WorkerDriver } from './queue-driver';
import { payloadsAnywhere, type QueueState } from './queue-state';

let server: RedisServer;
let q: QueueDriver;

beforeAll(async () => {
  server = await startRedisServer();
  q = new QueueDriver(server.url);
  q.salt = () => 1;
});

afterAll(async () => {
  q.close();
  await server.stop();
});

/** Prepares a call that can be made again and again. */
type Action = (scene: Scene) => Promise<() => Promise<unknown>>;

interface Scene {
  /** Holds 10, 14, 15, 11, 12, 13 and 16 in a row; 1 and 8 were moved aside. */
  readonly a: WorkerDriver;
  /** Holds nothing; next are 17, 18 and 19, each alone. */
  readonly b: WorkerDriver;
}

/** How an attempt failed. */
const FAILURE = '{"attempt":1,"at":1,"error":"no"}';

const KEY = (name: string) => `{job2}:${name}`;

/** A queue with something of everything: retries, suspects, dead letters, results, a worker whose lease has run out. */
async function rich(): Promise<Scene> {
  await q.reset();
  await q.rpush(...Array.from({ length: 40 }, (_, i) => `p${i + 1}`));
  const a = await q.enter('a', { rate: '1000/1000' });
  const b = await q.enter('b');
  const c = await q.enter('c', { lease: 4_000 });
  const d = await q.enter('d');
  await q.enter('idle', { lease: 4_000 });
  await a.claim(2);
  await c.claim(4);
  await a.claim(4);
  const outcomes = { keep: [[1, 0]], retry: [[2, 1, 15_000, FAILURE]], dead: [[7, 2, '{"reason":"handler"}']] };
  await a.exchange({ advance: 3, outcomes });
  await d.claim(3);
  await a.claim(2);
  await d.abandon({ crash: [11, 12] });
  await a.claim(4);
  await a.exchange({ advance: 2, outcomes: { keep: [[8, 3]], results: [[9, 4, '{"sum":1}']] } });
  const f = await q.enter('f', { maxAttempts: 1 });
  await f.claim(3);
  await f.abandon({ crash: [17, 18, 19] });
  await q.redis.hset(KEY('meta'), 'dry', 'b');
  await q.redis.sadd(KEY('seen'), hashOf('known'));
  for (let step = 0; step < 4; step++) {
    await q.pass(1_100);
    await a.renew();
    await b.renew();
  }
  return { a, b };
}

/** A renewal that is answered how far the queue is, which was said before or not. */
async function telling({ a, b }: Scene, before?: string): Promise<() => Promise<unknown>> {
  for (let passed = 0; passed < 62_000; passed += 2_000) {
    await q.pass(2_000);
    await a.renew();
    await b.renew();
  }
  if (before !== undefined) await q.redis.hset(KEY('meta'), 'told', before);
  return () => q.run(SCRIPTS.renew, b.name, b.epoch, '', b.number, '', 1);
}

/** A worker with the last item of a sealed queue in its hand. */
async function theLast(): Promise<WorkerDriver> {
  await q.reset();
  await q.rpush('x');
  await q.seal();
  const one = await q.enter('one');
  await one.claim(1);
  return one;
}

/** One that may leave, while another holds the last item of a sealed queue. */
async function oneTooMany(): Promise<WorkerDriver> {
  await theLast();
  return q.enter('spare', { spare: 0 });
}

/** A worker that has done the last item of a sealed queue, and is to be told that the finalizer comes before the end. */
async function beforeTheEnd(): Promise<WorkerDriver> {
  await q.reset();
  await q.rpush('x');
  await q.seal();
  const one = await q.enter('one', { finally: 'success' });
  await one.claim(1);
  return one;
}

/** A batch that is done; one of its workers waits, and so does one of the next batch. A worker of another language left a charge. */
async function done(): Promise<{ late: WorkerDriver; early: WorkerDriver }> {
  await q.reset();
  await q.fill('old', 'old', 0, ['x', 'y']);
  await q.seal('old', 2);
  const [one, late] = [await q.enter('one', { batch: 'old' }), await q.enter('late', { batch: 'old' })];
  await one.claim(2);
  await one.exchange({ advance: 1, outcomes: { retry: [[1, 0, 0]] } });
  await one.claim(1);
  await one.exchange({ advance: 2, want: 1 });
  const early = await q.enter('early', { batch: 'new' });
  await q.redis.rpush(KEY('wake'), '1');
  return { late, early };
}

/** The next call that cancels the queue. */
async function cancelling(): Promise<() => Promise<unknown>> {
  const epoch = (await q.redis.hget(KEY('meta'), 'epoch')) ?? '';
  return () => q.cancelCall(epoch);
}

/** Cancelled: what waited is dropped, and what workers hold is left. */
async function cancelled({ a }: Scene): Promise<WorkerDriver> {
  await q.cancel();
  return a;
}

const actions: Record<string, Action> = {
  enter: async () => async () => void (await q.enter('new', { spare: 5_000, finally: 'always' })),
  'exchange: everything at once': async ({ a }) =>
    a.prepare({
      advance: 6,
      backFrom: 11,
      want: 30,
      outcomes: {
        keep: [[10, 5]],
        results: [
          [14, 6, '7'],
          [1, -1, '8'],
        ],
        retry: [[15, 7, 100, FAILURE]],
        later: [[13, 10, 300]],
        dead: [[11, 8, '{"reason":"handler"}']],
        back: [[8, -1]],
        forget: [1, 12],
        slow: 4_000,
      },
    }),
  'exchange: follow-up items': async ({ a }) =>
    a.prepare({
      advance: 2,
      outcomes: {
        results: [[14, 6, '7']],
        add: [
          [10, 5, [{ payload: 'c1' }, { payload: 'c2', key: 'two' }, { payload: 'c3', key: 'two' }]],
          [
            14,
            6,
            [
              { payload: 'c4', key: 'known' },
              { payload: 'c5', key: 'five', front: true },
            ],
          ],
          [1, -1, []],
        ],
      },
    }),
  'exchange: follow-up items of the last item of a sealed queue': async () =>
    (await theLast()).prepare({ advance: 1, outcomes: { add: [[1, 0, [{ payload: 'y', key: 'y' }]]] } }),
  'exchange: done and more, please': async ({ a }) => a.prepare({ advance: 2, want: 2 }),
  'exchange: nothing wanted': async ({ a }) => a.prepare({ advance: 3, outcomes: { done: [1, 8], forget: [11] } }),
  'exchange: an item to run alone': async ({ b }) => b.prepare({ want: 5 }),
  'exchange: after an item that ran alone': async ({ b }) => {
    await b.claim(1);
    return b.prepare({ advance: 1, want: 5, outcomes: { retry: [[17, 0, 50]] } });
  },
  'exchange: after an item that ran alone and is put off': async ({ b }) => {
    await b.claim(1);
    return b.prepare({ advance: 1, want: 5, outcomes: { later: [[17, 0, 50]] } });
  },
  'exchange: leave': async ({ a }) => a.prepare({ advance: 1, want: -1, outcomes: { back: [[1, -1]] } }),
  'exchange: a number is missing': async ({ a }) => {
    a.prepare({});
    return a.prepare({ want: 3 });
  },
  'exchange: an item that it does not hold': async ({ a }) => a.prepare({ outcomes: { done: [1, 39] } }),
  'exchange: the first checkpoint and progress': async ({ a }) =>
    a.prepare({
      outcomes: {
        checkpoint: [
          [1, '1'],
          [16, '2'],
        ],
        progress: [[8, '0.1 ']],
        durations: [
          ['done 0.005', 3],
          ['done sum', 11],
        ],
        dry: [['failed 1', 1]],
      },
    }),
  'exchange: checkpoints and progress of items in every place': async ({ a }) => {
    const ids = [10, 14, 11, 1];
    const progress = ids.map((id) => [id, '0.5 half']);
    const left = { checkpoint: ids.map((id) => [id, `{"of":${id}}`]), progress };
    await a.exchange({ outcomes: left });
    const checkpoint = [[10, '{"page":2}'], [14, '"é"'], [15, '1'], [1]];
    const outcomes = {
      keep: [[10, 5]],
      retry: [[15, 7, 0]],
      back: [[14, 6]],
      dead: [[11, 8, '{}']],
      done: [1],
      checkpoint,
      progress: [[10, '0.7 '], [14], [11], [1]],
    };
    return a.prepare({ advance: 4, want: 30, outcomes });
  },
  'exchange: drained': async () => (await theLast()).prepare({ advance: 1, want: 1 }),
  'exchange: the finalizer': async () => (await beforeTheEnd()).prepare({ advance: 1, want: 1 }),
  'exchange: the finalizer, for another attempt': async () => {
    const one = await beforeTheEnd();
    await one.claim(1, { advance: 1 });
    await one.exchange({ advance: 1, outcomes: { retry: [[2, 1, 0]] } });
    return one.prepare({ want: 1 });
  },
  'exchange: drained, as the finalizer is done': async () => {
    const one = await beforeTheEnd();
    await one.claim(1, { advance: 1 });
    return one.prepare({ advance: 1, want: 1 });
  },
  'drop the finalizer that is dead': async () => {
    const one = await beforeTheEnd();
    await one.claim(1, { advance: 1 });
    await one.exchange({ advance: 1, outcomes: { dead: [[2, 1, '{}']] } });
    return () => q.dead('drop', 2);
  },
  'exchange: nothing left to claim': async () => (await oneTooMany()).prepare({ want: 1 }),
  'exchange: leave a drained queue': async () => (await theLast()).prepare({ advance: 1, want: -1 }),
  renew:
    async ({ b }) =>
    async () =>
      void (await b.renew()),
  'renew and give back':
    async ({ a }) =>
    async () =>
      void (await a.renew(7)),
  'renew after a silence': async ({ a }) => {
    await q.pass(100_000);
    return async () => void (await a.renew());
  },
  'renew and say how far the queue is': async (scene) => telling(scene),
  'renew and say it once more': async (scene) => telling(scene, '1000 2'),
  abandon: async ({ a }) => {
    const charge = {
      retry: [
        [10, 100],
        [1, 5],
      ],
      dead: [
        [14, '{}'],
        [11, '{}'],
      ],
      crash: [12, 15, 8],
    };
    return () => a.abandon(charge);
  },
  'abandon items that say how far they are': async ({ a }) => {
    await a.exchange({
      outcomes: {
        progress: [
          [10, '0.5 '],
          [1, '0.6 '],
        ],
      },
    });
    return () => a.abandon({ crash: [10] });
  },
  'abandon what ran alone': async ({ b }) => {
    await b.claim(1);
    return () => b.abandon({ crash: [17] });
  },
  'the first fill': async () => {
    await q.reset();
    return () => q.fill('batch', 'batch', 0, ['x', 'y', 'z']);
  },
  'a fill that goes on, in two chunks': async () => {
    await q.fill('batch', '', 0, ['x', 'y']);
    const more = Array.from({ length: 1_500 }, (_, i) => `more ${i}`);
    return () => q.fill('batch', 'batch', 1, ['y', ...more]);
  },
  'a fill with keys': async () => {
    const payloads = ['keyed 0', 'keyed 1', 'keyed 2', 'keyed 3'];
    return () => q.fillOnce('batch', 'batch', 0, payloads, ['0', 'known', '2', '0']);
  },
  'the fill of an empty batch': async () => {
    await q.reset();
    return () => q.fill('batch', 'batch', 0, []);
  },
  'a fill that replaces a batch': async () => {
    await done();
    return () => q.fill('new', 'new', 0, ['a', 'b', 'c']);
  },
  'a fill with keys that replaces a batch': async () => {
    await done();
    return () => q.fillOnce('new', 'new', 0, ['a', 'b', 'c']);
  },
  'a fill without items that replaces a batch': async () => {
    await done();
    return () => q.fill('new', 'new', 0, []);
  },
  'exchange: drained, as a worker of a batch that was replaced': async () => {
    const { late } = await done();
    await q.fill('new', 'new', 0, ['a', 'b', 'c']);
    return late.prepare({ want: 1 });
  },
  'enter: in the epoch of a batch that was replaced': async () => {
    const { early } = await done();
    await q.fill('new', 'new', 0, ['a', 'b', 'c']);
    return async () => void (await q.enter('again', { batch: 'new', epoch: early.epoch }));
  },
  seal: async () => () => q.seal(),
  'seal an empty queue': async () => {
    await q.reset();
    return () => q.seal('', '');
  },
  'retry dead letters': async () => () => q.dead('retry', 7, 7, 'none'),
  'drop dead letters': async () => () => q.dead('drop', 7),
  'book dead letters as done': async () => () => q.dead('done', 7),
  gate: async () => () => q.gate('another run'),
  'cancel: what waits for another attempt': async () => cancelling(),
  'cancel: what has to run alone': async () => {
    await q.redis.del(KEY('retries'));
    await q.redis.hdel(KEY('waiting'), '2');
    return cancelling();
  },
  'cancel: the list': async () => {
    await q.reset();
    await q.rpush('x', 'y', 'z');
    await (await q.enter('one')).claim(1);
    await q.enter('waits');
    return cancelling();
  },
  'cancel: a bare list': async () => {
    await q.reset();
    await q.rpush('x', 'y');
    return cancelling();
  },
  'exchange: everything at once, of a queue that was cancelled': async (scene) =>
    (await cancelled(scene)).prepare({
      advance: 4,
      backFrom: 11,
      want: 30,
      outcomes: { keep: [[10, 5]], retry: [[15, 7, 100]], dead: [[11, 8, '{}']], back: [[8, -1]], forget: [1, 12] },
    }),
  'exchange: leave a queue that was cancelled': async (scene) => (await cancelled(scene)).prepare({ want: -1 }),
  'renew and give back, of a queue that was cancelled': async (scene) => {
    const a = await cancelled(scene);
    return () => a.renewal(7);
  },
  'abandon, of a queue that was cancelled': async (scene) => {
    const a = await cancelled(scene);
    return () => a.abandon({ retry: [[10, 100]], dead: [[14, '{}']], crash: [12, 15, 8] });
  },
  drained: async () => () => q.drained(),
};

/** The scene, ready to be played as often as one likes, with a command that fails or with none. */
async function prepare(name: string) {
  const action = await (actions[name] as Action)(await rich());
  const before = await q.state();
  const back = await q.keep();
  const play = async (failAt: number, also = 0) => {
    // Thousands of times: what Redis does in this order anyway is sent at once.
    await Promise.all([back(), q.failAt(failAt, also)]);
    const reply = await action().catch((error: Error) => error);
    const [failed, , after] = await Promise.all([q.failed(), q.failAt(0), q.state()]);
    return { reply, failed, after };
  };
  return { action, before, play, intact: await play(0) };
}

/** What of the payloads that the call leaves is not there; from the state before and after it. */
function losses(before: QueueState, after: QueueState): (state: QueueState) => string[] {
  const left = payloadsAnywhere(after);
  const kept = [...payloadsAnywhere(before)].filter((payload) => left.has(payload));
  return (state) => {
    const there = payloadsAnywhere(state);
    return kept.filter((payload) => !there.has(payload));
  };
}

/** `toEqual`, which takes its time, is asked only where it is not clear already: this is called ten thousands of times. */
function expectSame(failed: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect([failed, actual]).toEqual([failed, expected]);
}

function expectError(failed: string, reply: unknown): void {
  if (!(reply instanceof Error)) expect([failed, reply]).toEqual([failed, expect.any(Error)]);
}

describe.each(Object.keys(actions))('%s', (name) => {
  test('a command that fails, whichever, leaves everything as it was, and the same call again ends as if nothing had happened', async () => {
    const { action, before, play, intact } = await prepare(name);
    expect(intact.reply).not.toBeInstanceOf(Error);
    for (let k = 1; ; k++) {
      const { reply, failed, after } = await play(k);
      if (failed === null) {
        expect(k).toBeGreaterThan(2);
        expect(after).toEqual(intact.after);
        return;
      }
      expectError(failed, reply);
      expectSame(failed, after, before);
      expectSame(failed, await action(), intact.reply);
      expectSame(failed, await q.state(), intact.after);
    }
  });

  test('all commands that fail from one on, the way back too: nothing is lost, nothing is called drained, and all gets done', async () => {
    const { action, before, play, intact } = await prepare(name);
    const lostOf = losses(before, intact.after);
    for (let k = 1; ; k++) {
      const { reply, failed, after } = await play(-k);
      if (failed === null) return;
      expectError(failed, reply);
      // What the call finishes may be gone, all else must be there.
      expectSame(failed, lostOf(after), []);
      const answer = await action().catch((error: Error) => error);
      if (/^exchange: (?!.*drained)/.test(name)) expect((answer as Answer).kind).not.toBe('drained');
      await workOff(failed);
    }
  });

  test('a command that fails, and one of the way back: the same, whether the call is made again or its worker dies', async () => {
    const { action, before, play, intact } = await prepare(name);
    const lostOf = losses(before, intact.after);
    const seen = new Set<string>([JSON.stringify(before)]);
    for (let k = 1; ; k++) {
      for (let also = 1; ; also++) {
        // The first steps of the way back, and a quarter of the others.
        if (also > 3 && also % 4 !== k % 4) continue;
        const { failed, after } = await play(k, also);
        if (failed === null) return;
        if (!failed.includes(',')) break;
        expectSame(failed, lostOf(after), []);
        // Most of what fails on the way back leaves the same.
        const state = JSON.stringify(after);
        if (seen.has(state)) continue;
        seen.add(state);
        await workOff(failed);
        await play(k, also);
        const answer = await action().catch((error: Error) => error);
        if (/^exchange: (?!.*drained)/.test(name)) expect((answer as Answer).kind).not.toBe('drained');
        await workOff(`${failed}, again`);
      }
    }
  });
});

/**
 * A new worker outlives all others and does what is left. In the end it is told that the queue is drained; or, where a
 * copy was left behind and the counters no longer add up, that data is lost, which is wrong on the safe side.
 */
async function workOff(failed: string): Promise<void> {
  const state = await q.state();
  const open = payloadsAnywhere(state);
  const hasFinalizer = state.meta.final !== undefined;
  const last = await q.enter('last', { maxAttempts: 100, settle: 0, ...(hasFinalizer && { finally: 'success' }) });
  let holding = 0;
  for (let step = 0; step < 400; step++) {
    const [, answer] = await Promise.all([q.pass(900), last.exchange({ advance: holding, want: 100 })]);
    holding = answer.kind === 'work' ? answer.items.length : 0;
    if (answer.kind === 'work') for (const { payload } of answer.items) open.delete(payload.toString('latin1'));
    if (answer.kind === 'wait' && answer.why === 'unfilled') break;
    // The finalizer is no data: where the counters do not add up, it is not handed out.
    if (answer.kind === 'lost' && hasFinalizer) open.delete('');
    if (answer.kind === 'drained' || answer.kind === 'lost') break;
    // What is left of a cancelled queue is dropped, or in the hands of others.
    if (answer.kind === 'wait' && answer.why === 'cancelled') return;
    if (step === 399) throw new Error(`after ${failed}, it is not drained: ${JSON.stringify(answer)}`);
  }
  const letters = Object.values((await q.state()).dead).map((letter) => letter.slice(letter.indexOf('\n') + 1));
  for (const payload of letters) open.delete(payload);
  expectSame(failed, [...open], []);
}
