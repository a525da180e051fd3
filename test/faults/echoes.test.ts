import { once } from 'node:events';
import { connect } from 'node:net';
import { startTcpProxy, type TcpProxy } from '../../local/tcp-proxy';
import { defineQueue, WorkQueue } from '../../worker';
import { EXIT } from '../../worker/contract';
import { Connection } from '../../worker/redis/connection';
import { SCRIPTS } from '../../worker/scripts';
import { expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();
let proxy: TcpProxy;
let late: Connection;

beforeEach(async () => {
  proxy = await startTcpProxy({ port: queue.server.port });
  late = new Connection({ url: queue.server.url });
});

afterEach(async () => {
  late.close();
  await proxy.close();
});

/** A call may be answered only when it was sent again, and arrive a second time long after that. */
test('a push that comes again, after its fill has long ended, pushes nothing', async () => {
  const client = new WorkQueue(defineQueue({ name: queue.name }), { url: proxy.url });
  try {
    await client.fill([]);
    // Redis has to know the script: no answer would tell the client that it does not.
    await late.run(SCRIPTS.fill, 'another', ['filler', '', 0, 'raw', 'cherry']);
    const lost = proxy.dropReplies(true);
    const filled = client.fill(['apple', 'banana']);
    await lost;
    const [filler] = (await queue.redis.hkeys(queue.keys.fills)) as [string];
    await proxy.dropReplies(false);
    proxy.cut();
    expect(await filled).toBe(2);

    const echo = [filler, '', 0, 'raw', 'apple', 'banana'];
    expect(await late.run(SCRIPTS.fill, queue.name, echo)).toBe(2);
    expect(await queue.redis.lrange(queue.name, 0, -1)).toEqual(['apple', 'banana']);
  } finally {
    await client.close();
  }
});

test('a fill whose calls were all answered leaves no trace but its items', async () => {
  await queue.withClient((client) => client.fill(['apple']));
  expect(await queue.redis.hlen(queue.keys.fills)).toBe(0);
});

test('a purge that comes again does nothing to the next queue of that name', async () => {
  await queue.fill('apple');
  const epoch = (await queue.redis.hget(queue.keys.meta, 'epoch')) as string;
  await queue.withClient((client) => client.purge());
  expect(await queue.redis.keys(`*${queue.name}*`)).toEqual([]);
  await queue.fill('banana');
  expect(await late.run(SCRIPTS.purge, queue.name, [epoch])).toBe(0);
  expect(await queue.redis.lrange(queue.name, 0, -1)).toEqual(['banana']);
});

test('Redis loses its last second, and an exchange of that time comes again: what it hands out now is not booked, but run', async () => {
  const worker = queue.start({ WORK_QUEUE_LEASE_MS: 60_000, WORK_QUEUE_SETTLE_MS: 600_000 });
  await worker.line('Waiting: ');
  const monitor = connect(queue.server.port, '127.0.0.1');
  let heard = '';
  monitor.on('data', (lines) => {
    heard += lines;
  });
  /** The arguments of all exchanges that were sent meanwhile. */
  const sent = () => {
    const exchanges = heard.split('\n').filter((line) => line.includes(SCRIPTS.exchange.sha1));
    return exchanges.map((line) => {
      const [, , keys, ...rest] = [...line.matchAll(/"([^"]*)"/g)].map(([, argument = '']) => argument);
      return rest.slice(Number(keys));
    });
  };
  monitor.write('MONITOR\r\n');
  await once(monitor, 'data');
  const keys = await queue.redis.keys(`*${queue.name}*`);
  const dumps = (await Promise.all(keys.map((key) => queue.redis.dumpBuffer(key)))) as Buffer[];

  await queue.push('wait apple');
  await worker.line(/started .*wait apple/);
  worker.kill('SIGSTOP');
  const [incarnation] = (await queue.redis.zrange(queue.keys.leases, '0', '-1')) as [string];
  const exchangeNumber = () => queue.redis.hget(queue.keys.worker + incarnation, 'exchange');
  await queue.until('heard of', exchangeNumber, (number) => sent().at(-1)?.[1] === number);
  monitor.destroy();
  const now = await queue.redis.keys(`*${queue.name}*`);
  const back = queue.redis.multi().del(...now);
  for (const [i, key] of keys.entries()) back.restore(key, 0, dumps[i] as Buffer);
  await back.exec();
  await queue.push('wait cherry', 'wait apple');
  const from = Number(await exchangeNumber());
  let handedOut = 0;
  for (const copy of sent().filter(([, number]) => Number(number) > from)) {
    const [kind] = (await late.run(SCRIPTS.exchange, queue.name, copy)) as [string];
    if (kind === 'work') handedOut++;
  }
  expect(handedOut).toBe(1);

  worker.kill('SIGCONT');
  worker.tell('wait apple');
  await worker.line('the lease was lost');
  expect(await queue.redis.hget(queue.keys.meta, 'done')).toBe('0');
  await worker.line(/started .*wait cherry/);
  worker.tell('wait cherry');
  await worker.line('finished wait cherry');
  await worker.until('it again', () => (worker.count('started') === 3 ? true : undefined));
  worker.tell('wait apple');
  await queue.withClient((client) => client.seal());
  await expectEnding(worker, EXIT.drained, 'queue: 2 items, 2 done');
  expect(await queue.attempts()).toEqual({});
});
