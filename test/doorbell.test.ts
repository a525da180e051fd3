import { EXIT } from '../worker/contract';
import { Doorbell } from '../worker/redis/doorbell';
import { useQueue } from './queue-under-test';

const queue = useQueue();

test('an idle worker listens to the doorbell: no call of it is refused', async () => {
  await queue.fill('wait apple');
  const busy = queue.start();
  await busy.line('wait apple');
  const idle = queue.start();

  // Each ring is heard, and answered with another call.
  let calls = '';
  // At its start each worker looks whether Redis knows the command, by a call that Redis has to refuse.
  const refused = new Set<string>();
  for (let rings = 0; rings < 3; rings++) {
    calls = await queue.until(
      `it listens after ${rings} rings`,
      async (redis) => /^cmdstat_blpop:(.*)$/m.exec(await redis.info('commandstats'))?.[1] ?? '',
      (stat) => Number(/calls=(\d+)/.exec(stat)?.[1] ?? 0) > rings,
    );
    refused.add(/rejected_calls=(\d+)/.exec(calls)?.[1] ?? '');
    await queue.redis.rpush(queue.keys.wake, '1');
  }
  expect(calls).toMatch(/failed_calls=0/);
  expect(refused.size).toBe(1);

  busy.tell('wait apple');
  for (const worker of [busy, idle]) expect(await worker.ended).toMatchObject({ code: EXIT.drained });
});

test('the shortest wait is one that no Redis takes for one without an end', async () => {
  const monitor = await queue.redis.monitor();
  const asked: string[] = [];
  monitor.on('monitor', (_time: string, [name = '', ...args]: string[]) => {
    if (name.toUpperCase() === 'BLPOP') asked.push(args.at(-1) as string);
  });
  const bell = new Doorbell({ url: queue.server.url }, queue.name, {});
  expect(await bell.wait(1)).toBe(false);
  await bell.close();
  // All that was asked before this has been told.
  await queue.until(
    'it was heard',
    async () => asked.length,
    (times) => times > 0,
  );
  monitor.disconnect();
  expect(asked).toEqual(['0.002']);
});

test('a worker whose lanes filled while it listened passes a token on', async () => {
  await queue.push('wait 0');
  const worker = queue.start({ WORK_QUEUE_CONCURRENCY: 2, WORK_QUEUE_LEASE_MS: 240_000 });
  await worker.line(/started .*wait 0/);
  const clients = () => queue.redis.info('clients');
  const listens = (info: string) => info.includes('\nblocked_clients:1\r');
  const tokens = () => queue.redis.lrange(queue.keys.wake, 0, -1);
  for (let round = 1, held = 'wait 0'; ; round++) {
    await queue.until('it listens', clients, listens);
    const [first, second] = [`wait ${round}a`, `wait ${round}b`] as const;
    // By hand: nobody rings.
    await queue.push(first, second);
    worker.tell(held);
    await Promise.all([worker.line(`: ${first}`), worker.line(`: ${second}`)]);
    await queue.redis.rpush(queue.keys.wake, 'token');
    // Whoever does not listen any more, because the time was over, does not take it off. One whose last item was quick
    // claims ahead of its lanes: it has use for the token, and listens again.
    const over = async () => {
      const [listening, [token]] = [listens(await clients()), await tokens()];
      if (token === '1') return 'passed on';
      if (token === undefined) return listening ? 'used' : undefined;
      return listening ? undefined : 'not heard';
    };
    if ((await queue.until('the token is passed on', over, (how) => how !== undefined)) === 'passed on') return;
    await queue.redis.del(queue.keys.wake);
    worker.tell(first);
    held = second;
  }
});

test('a worker that leaves while it listens, and may have got a token just now, leaves one for the others', async () => {
  const heard = async () => ({
    listens: (await queue.redis.info('clients')).includes('\nblocked_clients:1\r'),
    times: Number(/cmdstat_blpop:calls=(\d+)/.exec(await queue.redis.info('commandstats'))?.[1] ?? 0),
  });
  for (let round = 1; ; round++) {
    await queue.push('wait apple');
    await queue.redis.config('RESETSTAT');
    const env = { WORK_QUEUE_CONCURRENCY: 2, WORK_QUEUE_LEASE_MS: 240_000, WORK_QUEUE_SETTLE_MS: 600_000 };
    const worker = queue.start(env);
    await worker.line(/started .*wait apple/);
    // Each time it listens for longer; the fourth time, for almost four seconds.
    await queue.until('it listens for long', heard, ({ listens, times }) => listens && times >= 4);
    worker.kill('SIGTERM');
    await worker.line('SIGTERM: ');
    worker.tell('wait apple');
    expect(await worker.ended).toMatchObject({ code: EXIT.terminated });
    const tokens = await queue.redis.lrange(queue.keys.wake, 0, -1);
    if (tokens.length > 0) return expect(tokens).toEqual(['1']);
    // On a machine that stood still meanwhile, it listens no longer.
    expect(round).toBeLessThan(5);
  }
});

test('a doorbell that cannot be heard is not asked without end, and is not waited for any longer', async () => {
  const doorbell = new Doorbell({ url: queue.server.url }, queue.name, {});
  await queue.redis.set(queue.keys.wake, 'something else');
  await queue.redis.config('RESETSTAT');
  expect(await doorbell.wait(1_500)).toBe(false);
  const info = await queue.redis.info('commandstats');
  expect(Number(/cmdstat_blpop:calls=\d+,.*failed_calls=(\d+)/.exec(info)?.[1])).toBeLessThan(10);

  await queue.redis.del(queue.keys.wake);
  const heard = doorbell.wait(600_000);
  await queue.redis.rpush(queue.keys.wake, '1');
  expect(await heard).toBe(true);
  doorbell.close();
});
