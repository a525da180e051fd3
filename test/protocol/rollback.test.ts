import { cpSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { type RedisServer, startRedisServer } from '../../local-redis';
import { QueueDriver, WorkerDriver } from './queue-driver';
import { payloadsAnywhere, violations } from './queue-state';

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

const aof = (server: RedisServer) => {
  const folder = join(server.dir, 'appendonlydir');
  const name = readdirSync(folder).find((file) => file.endsWith('.incr.aof'));
  return join(folder, name as string);
};

test('the last second of the append-only file is lost: a gap in the numbers, everything back, nobody charged', async () => {
  const [server, q] = await start([], true);
  await q.rpush('a', 'b', 'c', 'd', 'e', 'f');
  const one = await q.enter('one');
  const two = await q.enter('two');
  await one.claim(2);
  await two.claim(2);
  const kept = statSync(aof(server)).size;
  await one.claim(1, { advance: 2 });
  const tokens = await one.claim(1, { advance: 1 });
  await server.kill();
  truncateSync(aof(server), kept);
  await server.start();

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

test('wherever the append-only file is cut, a script is in it whole or not at all, and nothing is lost', async () => {
  const [server, q] = await start([], true);
  const payloads = Array.from({ length: 30 }, (_, i) => `p${i}`);
  await q.rpush(...payloads);
  const one = await q.enter('one');
  const whole = statSync(aof(server)).size;
  await one.claim(8);
  const outcomes = { keep: [[1, 0]], retry: [[2, 1, 0]], dead: [[3, 2, '{}']], back: [[4, 3]] };
  await one.claim(8, { advance: 4, outcomes });
  await server.kill();
  const file = aof(server);
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
    return Object.assign(moving, { number, epoch: worker.epoch });
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
