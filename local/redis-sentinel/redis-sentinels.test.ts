import { existsSync } from 'node:fs';
import { type RedisSentinels, startSentinels } from './redis-sentinels';

let all: RedisSentinels;

beforeAll(async () => {
  all = await startSentinels({
    replicas: 1,
    password: 'pass word',
    sentinelPassword: 'another "word"',
    downAfter: 3_000,
  });
});
afterAll(() => all.stop());

test('a failover by hand, the death of the primary, and what is left behind', async () => {
  const first = await all.primary();
  expect(first).toBe(all.servers[0]);
  expect(all.url).toMatch(
    /^redis\+sentinel:\/\/:pass%20word@127\.0\.0\.1:\d+,127\.0\.0\.1:\d+,127\.0\.0\.1:\d+\/mymaster$/,
  );
  await all.command(first, 'SET', 'fruit', 'apple');
  const second = await all.failover();
  expect(second).not.toBe(first);
  expect(await all.command(second, 'GET', 'fruit')).toBe('apple');
  await all.command(second, 'SET', 'fruit', 'banana');
  expect(await all.command(second, 'WAIT', 1, 30_000)).toBe(1);

  await second.kill();
  expect(await all.untilPromoted(second)).toBe(first);
  expect(await all.command(first, 'GET', 'fruit')).toBe('banana');
  // The old primary comes back as a replica.
  await second.start();
  await all.untilAgreed();

  const pids = [...all.servers, ...all.sentinels].map(({ process }) => process.pid as number);
  await all.stop();
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  for (const { dir } of [...all.servers, ...all.sentinels]) expect(existsSync(dir)).toBe(false);
});
