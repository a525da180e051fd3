import type { Answer, WorkerDriver } from './queue-driver';
import { queueUnderTest } from './queue-under-test';

const under = queueUnderTest({ plain: true });
const LONG = { lease: 600_000 };

const tokens = () => under.q.redis.llen(under.q.key('wake'));

/** Workers that sleep until a token comes, the longest waiting first, as Redis gives them to those that block. */
class Sleepers {
  readonly asleep: WorkerDriver[] = [];
  readonly working: WorkerDriver[] = [];
  readonly ended: WorkerDriver[] = [];

  static async of(n: number, options = {}): Promise<Sleepers> {
    const { q } = under;
    const sleepers = new Sleepers();
    for (let i = 0; i < n; i += 100) {
      const some = Array.from({ length: Math.min(100, n - i) }, (_, j) =>
        q.enter(`w${i + j}`, { ...LONG, ...options }),
      );
      sleepers.asleep.push(...(await Promise.all(some)));
    }
    return sleepers;
  }

  /** One asks, with or without a token. */
  async ask(worker: WorkerDriver, advance = 0): Promise<Answer> {
    const answer = await worker.exchange({ advance, want: 1 });
    const to = { work: this.working, drained: this.ended }[answer.kind as string] ?? this.asleep;
    to.push(worker);
    return answer;
  }

  /** One asks because it has slept long enough. */
  async askUnasked(): Promise<void> {
    await this.ask(this.asleep.shift() as WorkerDriver);
  }

  /** Hands out tokens as long as there are any. Every `dies`-th that gets one dies with it. */
  async chain(dies = Number.POSITIVE_INFINITY): Promise<void> {
    for (let woken = 1; this.asleep.length > 0; woken++) {
      const there = await tokens();
      expect(there).toBeLessThanOrEqual(64);
      if (there === 0) return;
      await under.q.redis.lpop(under.q.key('wake'));
      const worker = this.asleep.shift() as WorkerDriver;
      if (woken % dies !== 0) await this.ask(worker);
    }
  }

  /** All finish what they have, one after the other, until the queue is drained. */
  async finish(): Promise<void> {
    for (let worker = this.working.shift(); worker; worker = this.working.shift()) {
      await this.ask(worker, 1);
      await this.chain();
    }
  }
}

const many = (n: number) => Array.from({ length: n }, (_, i) => `${i}`);

/** Makes at least 150 items available to workers that sleep, who know of them by tokens alone. */
const WAYS: Record<string, (workers: Sleepers) => Promise<unknown>> = {
  'a fill': () => under.q.fill('filler', '', 0, many(150)),
  'a fill in chunks': async () => {
    for (let i = 0; i < 150; i += 10) await under.q.fill('filler', '', i, many(10));
  },
  'RPUSH, which rings no bell, and the question of one': async (workers) => {
    await under.q.rpush(...many(150));
    await workers.askUnasked();
  },
  'a queue that goes on after a pause, and a ring': async (workers) => {
    const { q } = under;
    await q.redis.hset(q.key('meta'), 'paused', 1);
    await q.rpush(...many(150));
    await workers.askUnasked();
    await q.redis.hdel(q.key('meta'), 'paused');
    await workers.askUnasked();
  },
  'one that leaves': async () => {
    const { q } = under;
    const other = await q.enter('other', LONG);
    await q.rpush(...many(150));
    await other.claim(150);
    await q.redis.del(q.key('wake'));
    await other.leave();
  },
  'one that gives back what it has not started': async () => {
    const { q } = under;
    const other = await q.enter('other', LONG);
    await q.rpush(...many(150));
    await other.claim(150);
    await q.redis.del(q.key('wake'));
    await other.renew(0);
  },
  'dead letters that are sent back': async () => {
    const { q } = under;
    const other = await q.enter('other', LONG);
    await q.rpush(...many(150));
    const items = await other.claim(150);
    await other.exchange({ advance: 150, outcomes: { dead: items.map(({ id, position }) => [id, position, '{}']) } });
    await q.redis.del(q.key('wake'));
    await q.dead('retry', ...items.map(({ id }) => id));
  },
  'a crash that makes suspects of all': async () => {
    const { q } = under;
    const other = await q.enter('other', { ...LONG, maxAttempts: 2 });
    await q.rpush(...many(150));
    const items = await other.claim(150);
    await q.redis.del(q.key('wake'));
    await other.abandon({ crash: items.map(({ id }) => id) });
  },
  'one whose lease is over, and the question of one': async (workers) => {
    const { q } = under;
    const other = await q.enter('other', LONG);
    await q.rpush(...many(150));
    await other.claim(150);
    await q.redis.del(q.key('wake'));
    await q.redis.zadd(q.key('leases'), 0, 'other');
    await workers.askUnasked();
  },
};

test.each(Object.keys(WAYS))(
  '%s: nobody sleeps while there is something for it, and all hear of the end',
  async (way) => {
    const { q } = under;
    const workers = await Sleepers.of(120);
    await (WAYS[way] as (workers: Sleepers) => Promise<unknown>)(workers);
    await workers.chain();
    expect([workers.asleep.length, workers.working.length]).toEqual([0, 120]);
    await q.redis.hset(q.key('meta'), 'sealed', 1);
    await workers.finish();
    expect([workers.asleep.length, workers.ended.length]).toEqual([0, 120]);
  },
);

test('a batch that is sealed', async () => {
  const { q } = under;
  const workers = await Sleepers.of(120, { batch: 'batch' });
  await q.fill('batch', 'batch', 0, many(150));
  expect(await tokens()).toBe(0);
  await q.seal('batch');
  await workers.chain();
  expect([workers.asleep.length, workers.working.length]).toEqual([0, 120]);
  await workers.finish();
  expect(workers.ended.length).toBe(120);
});

test.each([1, 17, 65, 700])(
  '%i that sleep hear of the end of the last, by no more than 64 tokens at a time',
  async (n) => {
    const { q } = under;
    await q.rpush('a');
    await q.seal();
    const last = await q.enter('last', LONG);
    await last.claim(1);
    const workers = await Sleepers.of(n);
    expect(await last.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained' });
    await workers.chain();
    expect([workers.asleep.length, workers.ended.length]).toEqual([0, n]);
    expect(await q.redis.exists(q.key('idle'), q.key('leases'))).toBe(0);
  },
);

test('where every tenth dies with a token, the others hear of the end, some because they ask by themselves', async () => {
  const { q } = under;
  await q.rpush('a');
  await q.seal();
  const last = await q.enter('last', LONG);
  await last.claim(1);
  const workers = await Sleepers.of(300);
  expect(await last.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'drained' });
  await workers.chain(10);
  let unasked = 0;
  for (; workers.asleep.length > 0; unasked++) {
    await workers.askUnasked();
    await workers.chain(10);
  }
  expect(workers.ended.length).toBeGreaterThan(260);
  expect(unasked).toBeLessThan(30);
});
