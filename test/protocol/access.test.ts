import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { defineQueue } from '../../worker/definition/define-queue';
import { SCRIPTS } from '../../worker/scripts';
import { DRAINED } from '../../worker/scripts/drained';
import { GATE } from '../../worker/scripts/gate';
import { WorkQueue } from '../../worker/work-queue/work-queue';
import { QueueDriver } from './queue-driver';
import { queueUnderTest } from './queue-under-test';

describe('a key that is used for something else', () => {
  const under = queueUnderTest();
  const KEYS = [
    'meta',
    'leases',
    'idle',
    'retries',
    'suspects',
    'waiting',
    'attempts',
    'dead',
    'results',
    'runs',
    'seen',
    'fills',
    'former',
    'checkpoints',
    'progress',
    'durations',
  ];
  const OWN = ['worker:one', 'held:one', 'running:one'];
  const wrong = (redis: Redis, key: string) => redis.set(key, 'something else');

  test.each(['job2', ...KEYS, 'wake', ...OWN])('%s: each script that meets it changes nothing', async (name) => {
    const { q } = under;
    const key = name === 'job2' ? name : q.key(name);
    await q.rpush(...Array.from({ length: 12 }, (_, i) => `p${i}`));
    const [one, two] = [await q.enter('one'), await q.enter('two', { maxAttempts: 1 })];
    await one.claim(6);
    await two.claim(2);
    await one.exchange({ advance: 1, outcomes: { keep: [[1, 0]], checkpoint: [[2, '1']], progress: [[1, '0.5 ']] } });
    await two.abandon({ crash: [7], retry: [[8, 0]] });
    await q.redis.del(key);
    await wrong(q.redis, key);
    const outcomes = {
      keep: [[2, 1]],
      add: [[3, 2, [{ payload: 'child', key: 'child' }]]],
      results: [[3, 2, '1']],
      retry: [[4, 3, 0]],
      dead: [[5, 4, '{}']],
      done: [1],
      forget: [1],
      checkpoint: [[1], [4, '2']],
      progress: [[1], [6, '1 ']],
      durations: [['done 1', 2]],
    };
    const calls = {
      exchange: one.prepare({ advance: 4, want: 9, backFrom: 5, outcomes }),
      leave: () => one.send(one.number),
      renew: () => one.renew(2, 9),
      abandon: () => one.abandon({ crash: [2], retry: [[3, 1]], dead: [[4, '{}']] }),
      fill: () => q.fill('f', 'b', 0, ['x']),
      fillOnce: () => q.fillOnce('f', 'b', 0, ['x']),
      seal: () => q.seal('', ''),
      retryDead: () => q.dead('retry', 5),
      gate: () => q.gate('another run'),
      drained: () => q.drained(),
      enter: () => q.enter('new'),
    };
    for (const [call, act] of Object.entries(calls)) {
      const back = await q.keep();
      const before = await q.state();
      const failure = await act().then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (failure !== undefined) {
        expect([call, failure]).toEqual([call, expect.stringMatching(/WRONGTYPE|not entered/)]);
        expect([call, await q.state()]).toEqual([call, before]);
      }
      expect([call, await q.redis.type(key)]).toEqual([call, 'string']);
      await back();
    }
  });
});

/** The line that people copy. */
const [ACL_LINE = ''] =
  readFileSync(join(__dirname, '..', '..', 'docs', 'redis.md'), 'utf8').match(/^ACL SETUSER .*/m) ?? [];
const COMMANDS = [...ACL_LINE.matchAll(/ \+(\S+)/g)].map(([, name]) => name as string);

describe('a user with few rights', () => {
  const under = queueUnderTest({ plain: true });

  test('every command that is allowed is used, and every one that is used is allowed', () => {
    const used = new Set([
      'eval',
      'evalsha',
      'info',
      'ping',
      'blpop',
      'role',
      'wait',
      'waitaof',
      'hkeys',
      'hscan',
      'hstrlen',
    ]);
    for (const lua of Object.values({ ...SCRIPTS, gate: { lua: GATE }, drained: { lua: DRAINED } }).map(
      (script) => script.lua,
    )) {
      for (const [, name] of lua.matchAll(/[cC]alls?(?:\(|, )'([A-Z]+)'/g)) used.add((name as string).toLowerCase());
    }
    expect([...used].sort()).toEqual([...COMMANDS].sort());
  });

  test('fill, seal, work, look and care for dead letters: all of it, and of no other queue', async () => {
    const { q, server } = under;
    const known = new Set(((await q.redis.call('COMMAND')) as [string][]).map(([name]) => name));
    const rules = ACL_LINE.split(' ').slice(3);
    // Redis 7.0 has no WAITAOF to allow.
    await q.redis.call(
      'ACL',
      'SETUSER',
      'worker',
      ...rules.filter((rule) => rule[0] !== '+' || known.has(rule.slice(1))),
    );
    const access = { username: 'worker', password: 'PASSWORD' };
    const client = new WorkQueue(defineQueue({ name: 'job2' }), { url: server.url, ...access });
    const w = new QueueDriver(server.url, 'job2', { ...access, plain: true });
    expect(await client.fill(['a', 'b', 'c', 'd', 'e', 'f'], { batchId: 'batch' })).toBe(6);
    expect(await client.seal({ batchId: 'batch' })).toBe(6);
    await client.pause();
    await client.resume();
    expect(await w.gate('run', 'batch')).toBe('open');
    expect(await w.drained()).toBe('6 items left');
    const [one, two] = [await w.enter('one', { batch: 'batch' }), await w.enter('two', { maxAttempts: 1 })];
    await one.claim(4);
    await two.claim(1);
    await two.abandon({ crash: [5] });
    await one.renew(3);
    const add = [[1, 0, [{ payload: 'g', key: 'g' }]]];
    const outcomes = { add, results: [[1, 0, '"well"']], dead: [[2, 1, '{"reason":"handler","attempts":1,"at":0}']] };
    await one.exchange({ advance: 2, outcomes });
    expect(await client.status()).toMatchObject({ done: 1, dead: 1, workers: [{ session: 'one' }] });
    for await (const { id } of client.deadLetters()) expect(id).toBe(2);
    for await (const { id } of client.results()) expect(id).toBe(1);
    expect(await client.retryDead()).toBe(1);
    await q.redis.hset(q.key('meta'), 'dry', 'one');
    const three = await w.enter('three');
    await three.claim(2);
    let answer = await three.leave();
    for (let step = 0, holding = 0; answer.kind !== 'drained'; step++) {
      await w.redis.blpop(w.key('wake'), 0.01);
      answer = await one.exchange({ advance: step === 0 ? 1 : holding, want: 9 });
      holding = answer.kind === 'work' ? answer.items.length : 0;
      expect([step, answer]).not.toEqual([20, answer]);
    }
    expect(answer).toEqual({ kind: 'drained', claimed: 7, done: 7, dead: 0 });
    await client.purge();
    // The way back when a script fails: what it needs is allowed as well.
    await w.rpush('x');
    const four = await w.enter('four', { run: 'another run' });
    await q.redis.set(q.key('dead'), 'something else');
    const before = await q.state();
    await four.claim(1);
    await expect(four.leave()).rejects.toThrow('WRONGTYPE');
    await q.redis.del(q.key('dead'));
    expect(await four.leave()).toMatchObject({ kind: 'stale' });
    expect((await q.state()).waiting).toEqual({ 1: 'x' });
    expect(before.list).toEqual(['x']);

    await expect(w.redis.llen('job3')).rejects.toThrow('NOPERM');
    await expect(w.redis.flushall()).rejects.toThrow('NOPERM');
    await client.close();
    w.close();
  });
});
