import { type AddressInfo, createServer } from 'node:net';
import { startTcpProxy, type TcpProxy } from '../../local/tcp-proxy';
import { defineQueue, WorkQueue } from '../../worker';
import { EXIT } from '../../worker/contract';
import { Connection } from '../../worker/redis/connection';
import { SCRIPTS } from '../../worker/scripts';
import { expectEnding, useQueue } from '../queue-under-test';
import { until } from '../until';

/** Takes two deadlines on this line; the last of it is under way for half of one, where nobody sees it. */
const LARGE = 16 * 1_048_576;
const DEADLINE = 5_000;
const BYTES_PER_SECOND = LARGE / ((2 * DEADLINE) / 1_000);

const queue = useQueue();
let proxy: TcpProxy;

beforeEach(async () => {
  proxy = await startTcpProxy({ port: queue.server.port, bytesPerSecond: BYTES_PER_SECOND });
});

afterEach(() => proxy.close());

/** All that is large went over the line once, and not again. */
function expectSentOnce(large: number): void {
  expect(proxy.sent).toBeGreaterThan(large * LARGE);
  expect(proxy.sent).toBeLessThan((large + 0.2) * LARGE);
}

describe('a line on which a large call takes several deadlines', () => {
  test('items are pushed, text and bytes, though Redis has not the script', async () => {
    await queue.redis.script('FLUSH');
    const clients = [1, 2].map(
      () => new WorkQueue(defineQueue({ name: queue.name, payload: 'bytes' }), { url: proxy.url, deadline: DEADLINE }),
    );
    const payloads = [Buffer.from('x'.repeat(LARGE)), Buffer.alloc(LARGE, 1)];
    try {
      expect(await Promise.all(payloads.map((payload, i) => clients[i]!.fill([payload])))).toEqual([1, 1]);
      expectSentOnce(2);
      await queue.redis.script('FLUSH');
      expect(await clients[0]!.fill([Buffer.from('small')])).toBe(1);
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
    expect(await queue.redis.llen(queue.name)).toBe(3);
  });

  test('a worker is given a large payload, and its large result arrives, also when Redis loses its scripts', async () => {
    await queue.fill(`large ${LARGE} ${'x'.repeat(LARGE)}`);
    const env = {
      // The deadline of one call is five seconds at most.
      WORK_QUEUE_STORE_TIMEOUT_MS: 6 * DEADLINE,
      OPTIONS: JSON.stringify({ results: true }),
    };
    const worker = queue.start(env, { url: proxy.url });
    await worker.line('started [1] attempt 1');
    // Before the result is sent, or while it is.
    await queue.redis.script('FLUSH');
    await expectEnding(worker, EXIT.drained, 'this worker: 1 done, 0 failed attempts');
    expectSentOnce(1);
    expect(await queue.redis.hstrlen(queue.keys.results, '1')).toBeGreaterThan(2 * LARGE);
  });
});

describe('a line that is dead', () => {
  const push = (connection: Connection, payload: string) =>
    connection.run(SCRIPTS.fill, queue.name, ['filler', '', 0, 'raw', payload]);

  test.each<[string, () => void]>([
    ['Redis stands still', () => queue.server.pause()],
    ['nothing gets through', () => proxy.blackhole(true)],
  ])('a large call is given up within two deadlines, a small one within one: %s', async (_, trouble) => {
    const connection = new Connection({ url: proxy.url }, { deadline: 400 });
    try {
      await push(connection, 'first');
      const pushing = push(connection, 'x'.repeat(LARGE));
      const before = proxy.sent;
      await until('it is under way', () => proxy.sent - before >= LARGE / 8);
      trouble();
      await expect(pushing).rejects.toThrow('no answer within 800 ms');
      await expect(connection.command('PING')).rejects.toThrow('no answer within 400 ms');
    } finally {
      connection.close();
      queue.server.resume();
    }
  });
});

test('a large call that got no answer may take longer the next time', async () => {
  let echoes = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      for (const [, name] of String(bytes).matchAll(/^\*\d+\r\n\$\d+\r\n(\w+)\r$/gm)) {
        if (name !== 'ECHO') socket.write('+OK\r\n');
        else if (++echoes === 2) setTimeout(() => socket.write('+late\r\n'), 3 * 500);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const connection = new Connection({ url: `redis://127.0.0.1:${port}` }, { deadline: 500, patience: 60_000 });
  try {
    const echo = () => connection.command('ECHO', 'x'.repeat(100_000));
    await connection.insist(() => connection.command('PING'));
    await expect(connection.insist(echo)).resolves.toBe('late');
    expect(echoes).toBe(2);
  } finally {
    connection.close();
    server.close();
  }
});
