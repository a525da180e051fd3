import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { startTcpProxy, type TcpProxy } from './tcp-proxy';

/** Answers each chunk with itself. */
async function startEcho(heard: string[] = []): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      heard.push(String(bytes));
      socket.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

describe('TcpProxy', () => {
  let echo: Server;
  let heard: string[];
  let proxy: TcpProxy;
  let client: Socket;

  beforeEach(async () => {
    heard = [];
    echo = await startEcho(heard);
    proxy = await startTcpProxy({ port: (echo.address() as AddressInfo).port });
    client = await dial(proxy.port);
  });

  afterEach(async () => {
    client.destroy();
    await proxy.close();
    await new Promise((resolve) => echo.close(resolve));
  });

  test('carries bytes both ways, however many', async () => {
    const sent = Buffer.alloc(8 * 1_048_576, 'x');
    client.write(sent);
    let got = 0;
    while (got < sent.length) got += ((await once(client, 'data'))[0] as Buffer).length;
    expect(got).toBe(sent.length);
  });

  test('holds answers back, also on new connections, while requests arrive', async () => {
    proxy.holdReplies(true);
    const late = await dial(proxy.port);
    let answered = 0;
    for (const socket of [client, late]) {
      socket.once('data', () => answered++);
      socket.write('a');
    }
    while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const other = await dial((echo.address() as AddressInfo).port);
    other.write('b');
    await once(other, 'data');
    expect(answered).toBe(0);
    proxy.holdReplies(false);
    while (answered < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    late.destroy();
    other.destroy();
  });

  test('delays, and keeps the order', async () => {
    proxy.setDelay(60);
    const at = performance.now();
    client.write('a');
    client.write('b');
    let got = '';
    while (got.length < 2) got += String((await once(client, 'data'))[0]);
    expect(got).toBe('ab');
    expect(performance.now() - at).toBeGreaterThanOrEqual(115);
  });

  test('carries so many bytes a second, and counts them', async () => {
    const slow = await startTcpProxy({ port: (echo.address() as AddressInfo).port, bytesPerSecond: 1_048_576 });
    const sender = await dial(slow.port);
    const at = performance.now();
    sender.write(Buffer.alloc(262_144));
    let got = 0;
    while (got < 262_144) got += ((await once(sender, 'data'))[0] as Buffer).length;
    expect(performance.now() - at).toBeGreaterThanOrEqual(250);
    expect(slow.sent).toBe(262_144);
    sender.destroy();
    await slow.close();
  });

  test('cuts what is open and takes new connections', async () => {
    client.on('error', () => {});
    client.write('a');
    await once(client, 'data');
    const closed = new Promise((resolve) => client.once('close', resolve));
    proxy.cut();
    await closed;
    client = await dial(proxy.port);
    client.write('again');
    expect(String((await once(client, 'data'))[0])).toBe('again');
    expect(proxy.connections).toBe(2);
  });

  test('holds everything in a partition, and delivers late', async () => {
    proxy.blackhole(true);
    const second = await dial(proxy.port);
    client.write('first');
    second.write('second');
    const third = await dial((echo.address() as AddressInfo).port);
    third.write('directly');
    await once(third, 'data');
    expect(heard).toEqual(['directly']);

    const answers = Promise.all([once(client, 'data'), once(second, 'data')]);
    proxy.blackhole(false);
    expect((await answers).map(([bytes]) => String(bytes))).toEqual(['first', 'second']);
    second.destroy();
    third.destroy();
  });

  test('loses answers, and none comes on that connection afterwards', async () => {
    const lost = proxy.dropReplies(true);
    client.write('a');
    await lost;
    expect(heard).toEqual(['a']);
    await proxy.dropReplies(false);

    const answers: string[] = [];
    client.on('data', (bytes) => answers.push(String(bytes)));
    client.write('b');
    const other = await dial(proxy.port);
    while (heard.length < 2) await new Promise((resolve) => setImmediate(resolve));
    other.write('c');
    expect(String((await once(other, 'data'))[0])).toBe('c');
    expect(heard).toEqual(['a', 'b', 'c']);
    expect(answers).toEqual([]);
    other.destroy();
  });
});
