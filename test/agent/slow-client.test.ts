import { once } from 'node:events';
import { connect } from 'node:net';
import { AgentServer } from '../../agent/agent-server';
import { Room } from '../../agent/room';
import { Takes } from '../../agent/takes';
import type { ItemContext } from '../../worker/attempt';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test('a client that sends its body too slowly is told so and cut off, and its item stays in its hands', async () => {
  const takes = new Takes(async () => {});
  const listen = { host: '127.0.0.1', port: 0 };
  const options = { takes, log, asked: () => {}, bodyWithin: 100 };
  const { server, url } = await AgentServer.start({ listen }, options);
  try {
    const context = { id: 1, attempt: 1, postponed: 0, token: 't', signal: new AbortController().signal };
    const taken = fetch(`${url}/take`, { method: 'POST' });
    while (takes.waiting === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    void takes.hand(Buffer.from('apple'), context as unknown as ItemContext);
    const { take } = (await (await taken).json()) as { take: string };
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    client.write(`POST /items/${take}/done HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf`);
    let answer = '';
    client.on('data', (chunk) => {
      answer += chunk;
    });
    await once(client, 'close');
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain('the body did not arrive within 0.1 s');
    expect(takes.held).toBe(1);
  } finally {
    server.close();
  }
});

test('bodies that find no room wait for those before them', async () => {
  const room = new Room(10);
  const first = await room.take(6);
  const order: string[] = [];
  const second = room.take(6).then((release) => {
    order.push('second');
    release();
    release();
  });
  const third = room.take(1).then((release) => {
    order.push('third');
    release();
  });
  await Promise.resolve();
  expect(order).toEqual([]);
  first();
  await Promise.all([second, third]);
  expect(order).toEqual(['second', 'third']);
  (await room.take(10))();
});
