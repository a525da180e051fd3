import { defineQueue, WorkQueue } from '../../worker';
import { Connection } from '../../worker/connection';
import { SCRIPTS } from '../../worker/scripts';
import { useQueue } from '../queue-under-test';
import { startTcpProxy, type TcpProxy } from '../tcp-proxy';

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
