import { cpSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { appendOnlyFile, cutPower, type RedisServer, startRedisServer, written } from '../../local/redis';
import { QueueDriver, WorkerDriver } from './queue-driver';
import { payloadsAnywhere, violations } from './queue-state';
import { queueUnderTest } from './queue-under-test';

const servers: RedisServer[] = [];
const drivers: QueueDriver[] = [];

async function start(args: string[], appendOnly = false): Promise<[RedisServer, QueueDriver]> {
  const server = await startRedisServer({ args, appendOnly });
  const q = new QueueDriver(server.url, 'job2', { plain: true });
  servers.push(server);
  drivers.push(q);
  return [server, q];
}

afterEach(async () => {
  for (const q of drivers.splice(0)) q.close();
  for (const server of servers.splice(0)) await server.stop();
});

test('the last second of the append-only file is lost: a gap in the numbers, everything back, nobody charged', async () => {
  const [server, q] = await start([], true);
  await q.rpush('a', 'b', 'c', 'd', 'e', 'f');
  const one = await q.enter('one');
  const two = await q.enter('two');
  await one.claim(2);
  await two.claim(2);
  const kept = written(server);
  await one.claim(1, { advance: 2 });
  const tokens = await one.claim(1, { advance: 1 });
  await cutPower(server, kept);

  expect(await one.exchange({ advance: 1, want: 1 })).toEqual({ kind: 'stale' });
  // Whose exchanges were all kept just goes on.
  expect(await two.exchange({ advance: 2 })).toMatchObject({ kind: 'wait', why: 'others' });
  const state = await q.state();
  expect(violations(state)).toEqual([]);
  expect(state).toMatchObject({ attempts: {}, waiting: { 1: 'a', 2: 'b' }, list: ['e', 'f'], meta: { done: '2' } });
  const again = await q.enter('again', { epoch: one.epoch });
  const items = await again.claim(6);
  expect(items.map(({ id }) => id)).toEqual([1, 2, 5, 6]);
  expect(items[0]?.token).toBeGreaterThan(tokens[0]?.token as number);
});

describe('the last second is lost, and a late copy of an exchange in it is carried out anew', () => {
  /** What `one` claims is not written down yet. */
  async function firstTimeline() {
    const [server, q] = await start([], true);
    await q.rpush('apple', 'banana', 'cherry', 'date');
    const one = await q.enter('one');
    const two = await q.enter('two');
    const kept = written(server);
    await one.claim(2);
    return { server, q, one, two, kept };
  }

  /** `one` holds what it never got: its process has apple and banana, Redis has given those to `two`. */
  async function secondTimeline(): Promise<[QueueDriver, WorkerDriver]> {
    const { server, q, one, two, kept } = await firstTimeline();
    await cutPower(server, kept);
    await two.claim(2);
    expect(await one.send(1)).toMatchObject({ kind: 'work', items: [{ id: 3 }, { id: 4 }] });
    return [q, one];
  }

  /** Nothing of it is done, nobody is charged. */
  async function expectBack(q: QueueDriver): Promise<void> {
    const state = await q.state();
    expect(violations(state)).toEqual([]);
    expect(state).toMatchObject({ waiting: { 3: 'cherry', 4: 'date' }, attempts: {}, dead: {}, meta: { done: '0' } });
  }

  test('the next exchange books nothing', async () => {
    const [q, one] = await secondTimeline();
    expect(await one.exchange({ advance: 2, want: 1 })).toEqual({ kind: 'stale' });
    await expectBack(q);
  });

  test('nor do late copies of the exchanges that followed', async () => {
    const { server, q, one, two, kept } = await firstTimeline();
    expect(await one.exchange({ advance: 1 })).toEqual({ kind: 'held' });
    await cutPower(server, kept);
    await two.claim(2);
    await one.send(1);
    expect(await one.send(2)).toEqual({ kind: 'stale' });
    expect(await one.exchange({ advance: 1 })).toEqual({ kind: 'stale' });
    await expectBack(q);
  });

  test('what a process that ends out of turn charges is charged to no item that it never had', async () => {
    const [q, one] = await secondTimeline();
    expect(await one.abandon({ crash: [3], dead: [[4, '{"reason":"handler"}']] })).toBe(1);
    await expectBack(q);
  });

  test('an exchange that claimed nothing then, and something now', async () => {
    const [server, q] = await start([], true);
    const one = await q.enter('one');
    const kept = written(server);
    expect(await one.exchange({ want: 1 })).toMatchObject({ kind: 'wait' });
    await cutPower(server, kept);
    await q.rpush('apple');
    expect(await one.send(1)).toMatchObject({ kind: 'work' });
    expect(await one.exchange({ want: 1 })).toEqual({ kind: 'stale' });
    expect(await q.state()).toMatchObject({ waiting: { 1: 'apple' }, attempts: {}, meta: { done: '0' } });
  });

  test('a copy whose execution was lost, and the one that was sent after it, are the same exchange to whoever had no answer', async () => {
    const [server, q] = await start([], true);
    await q.rpush('apple', 'banana');
    const one = await q.enter('one');
    const kept = written(server);
    const ask = one.prepare({ want: 1 });
    await one.send(1);
    await cutPower(server, kept);
    expect(await ask()).toMatchObject({ kind: 'work', items: [{ id: 1 }] });
    expect(await ask()).toMatchObject({ kind: 'work', items: [{ id: 1 }] });
    expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'work', items: [{ id: 2 }] });
    expect((await q.state()).meta).toMatchObject({ done: '1' });
  });
});

describe('tokens do not repeat', () => {
  const under = queueUnderTest();

  test.each([
    ['was set back before', -3_600_000, 0],
    ['is set back meanwhile', 0, -3_600_000],
    ['is right', 0, 0],
  ])('when Redis has lost its last second and its clock %s', async (_, before, meanwhile) => {
    const { q } = under;
    await q.rpush(...Array.from({ length: 3_000 }, (_, i) => `${i}`));
    const [one, two] = [await q.enter('one'), await q.enter('two')];
    await one.claim(1_000);
    await q.pass(before);
    await two.renew();
    const goBack = await q.keep();
    await q.pass(500);
    const lost = (await one.claim(1_000, { advance: 1_000 })).map(({ token }) => token);
    await goBack();
    await q.pass(1_000 + meanwhile);
    const [first] = await two.claim(1_000);
    expect(first?.token).toBeGreaterThan(lost.at(-1) as number);
  });
});

test('wherever the append-only file is cut, a script is in it whole or not at all, and nothing is lost', async () => {
  const [server, q] = await start([], true);
  const payloads = Array.from({ length: 30 }, (_, i) => `p${i}`);
  await q.rpush(...payloads);
  const one = await q.enter('one');
  const whole = written(server);
  await one.claim(8);
  const outcomes = { keep: [[1, 0]], retry: [[2, 1, 0]], dead: [[3, 2, '{}']], back: [[4, 3]] };
  await one.claim(8, { advance: 4, outcomes });
  await server.kill();
  const file = appendOnlyFile(server);
  const end = statSync(file).size;
  cpSync(file, join(server.dir, 'copy'));
  for (let cut = 0; cut < 6; cut++) {
    rmSync(file);
    cpSync(join(server.dir, 'copy'), file);
    truncateSync(file, Math.floor(whole + ((end - whole) * cut) / 6) + 3);
    await server.start();
    const state = await q.state();
    expect(violations(state)).toEqual([]);
    expect([...payloadsAnywhere(state)].sort()).toEqual([...payloads].sort());
    await server.kill();
  }
});

test('a replica is promoted: what it has is all there, in the same epoch, and tokens go on', async () => {
  const [main, q] = await start(['--repl-diskless-sync-delay', '0']);
  const [, p] = await start(['--replicaof', '127.0.0.1', String(main.port)]);
  await q.rpush(...Array.from({ length: 20 }, (_, i) => `p${i}`));
  const one = await q.enter('one');
  const two = await q.enter('two');
  const first = await one.claim(3);
  await two.claim(3);
  await one.claim(3, { advance: 3, outcomes: { retry: [[2, 1, 0]] } });
  expect(await q.redis.wait(1, 20_000)).toBe(1);
  await p.redis.call('REPLICAOF', 'NO', 'ONE');
  // The old one answers a last time, to somebody who has not heard.
  const last = await one.claim(2, { advance: 3 });
  await main.kill();

  const moved = await p.state();
  expect(violations(moved)).toEqual([]);
  const there = (worker: WorkerDriver, number: number) => {
    const moving = new WorkerDriver(p, worker.name);
    return Object.assign(moving, { number, epoch: worker.epoch, answer: worker.answer });
  };
  expect(await there(one, 3).exchange({ advance: 2, want: 1 })).toEqual({ kind: 'stale' });
  expect(await there(two, 1).exchange({ advance: 3 })).toMatchObject({ kind: 'wait', why: 'others' });
  const three = await p.enter('three', { epoch: one.epoch });
  const tokens = new Set([...first, ...last].map(({ token }) => token));
  for (let step = 0, holding = 0; ; step++) {
    const answer = await three.exchange({ advance: holding, want: 5 });
    if (answer.kind !== 'work') break;
    for (const { token } of answer.items) {
      expect(tokens.has(token)).toBe(false);
      tokens.add(token);
    }
    holding = answer.items.length;
    expect(step).toBeLessThan(20);
  }
  const end = await p.state();
  expect(end.meta).toMatchObject({ epoch: one.epoch, claimed: '20', done: '20' });
});

test('a replica that has nothing of it yet is asked: it says what it is, and not that data is lost', async () => {
  const [, q] = await start([]);
  const [, p] = await start(['--replicaof', '127.0.0.1', '1']);
  await q.rpush('a');
  const one = await q.enter('one');
  await one.claim(1);
  const there = Object.assign(new WorkerDriver(p, 'one'), { number: 1, epoch: one.epoch });
  for (const ask of [
    () => there.exchange({ advance: 1 }),
    () => there.renew(),
    () => there.abandon(),
    () => there.enter(),
  ]) {
    await expect(ask()).rejects.toThrow('READONLY');
  }
});
