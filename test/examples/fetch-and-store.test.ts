import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Duration, Testing } from 'cdk8s';
import { RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import { WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { pages } from '../../examples/fetch-and-store/queue';
import { LocalCluster } from '../../local/cluster';
import { type RedisServer, startRedisServer } from '../../local/redis';
import { synthesize } from './synthesize';

let server: RedisServer;
let queue: WorkQueue<{ path: string }>;
let cluster: LocalCluster;

beforeEach(async () => {
  server = await startRedisServer();
  queue = new WorkQueue(pages, { url: server.url });
});

afterEach(async () => {
  await cluster?.stop();
  await queue.close();
  await server.stop();
});

test('thirty pages: some fail at first, one hangs, three are gone', async () => {
  cluster = new LocalCluster({ redisUrl: server.url }).apply(await synthesize('fetch-and-store'));
  const [standIns] = cluster.start('stand-ins', { kind: 'Deployment', env: { PORT: '0' } });
  const [port] = /\d+$/.exec((await standIns?.line(/listening on port/)) ?? '') ?? [];
  const outside = `http://127.0.0.1:${port}`;
  expect(await cluster.run('fetch-pages-fill')).toEqual([0]);
  const env = { SOURCE_URL: `${outside}/site`, STORE_URL: `${outside}/store` };
  const workers = cluster.start('fetch-pages', { env });
  expect(await Promise.all(workers.map((pod) => pod.ended))).toEqual([0, 0]);

  const results = new Map<string | undefined, unknown>();
  for await (const { item, result } of queue.results()) results.set(item?.path, result);
  expect(results.size).toBe(27);
  expect(results.get('/5')).toEqual({
    bytes: 'This is page 5.\n'.length,
    sha256: '95392ab4371b23c58d5b9998b2112ac824a34a6cafc8fbb7281348a102e9528e',
  });
  expect(await (await fetch(`${outside}/store/5`)).text()).toBe('This is page 5.\n');
  const stats = (await (await fetch(outside)).json()) as { mostAtOnce: number };
  expect(stats).toMatchObject({ stored: 27, refused: 0 });
  expect(stats.mostAtOnce).toBeLessThanOrEqual(8);

  const gone = [];
  for await (const { item, attempts, error } of queue.deadLetters()) gone.push([item?.path, attempts, error]);
  expect(gone.sort()).toEqual(
    ['/10', '/20', '/30'].map((path) => [path, 1, `UnrecoverableError: ${outside}/site${path} is gone`]),
  );
  // Nine are refused at first and one hangs; on a machine with much to do, others may time out as well.
  // Each worker writes the first of a kind in full, and of the others how many there were.
  const failures = workers.flatMap((pod) => pod.all(/attempt 1 of 5 failed, .*: (.*)/));
  const more = workers.flatMap((pod) => pod.all(/^(\d+) more: attempt failed: /)).map(Number);
  expect(failures.length + more.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(10);
  expect(failures).toContainEqual(expect.stringMatching(/answered 503/));
  expect(failures).toContainEqual(expect.stringMatching(/took longer than 2000 ms/));
});

/** A site with one page, and a store whose first write is under way for as long as the test likes. */
async function slowStore() {
  const writes: { token: string; status: number }[] = [];
  let arrived!: () => void;
  let release!: () => void;
  const firstWriteArrived = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let latest = '';
  let count = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'GET') return response.end('the page');
    const token = String(request.headers['x-fencing-token']);
    if (count++ === 0) {
      arrived();
      await released;
    }
    const status = token < latest ? 412 : 204;
    if (status === 204) latest = token;
    writes.push({ token, status });
    return response.writeHead(status).end();
  };
  const http = createServer((request, response) => void answer(request, response));
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const close = () => {
    http.closeAllConnections();
    http.close();
  };
  return { url, writes, firstWriteArrived, release, close };
}

test('a write that is late, of a worker that others took the page from, is refused by its token', async () => {
  const chart = Testing.chart();
  new RedisWorkQueueJob(chart, 'pages', {
    jobName: 'fetch-pages',
    queue: pages,
    items: pages.items([{ path: '/1' }]),
    entry: join(__dirname, '../../examples/fetch-and-store/worker.ts'),
    lease: Duration.seconds(6),
  });
  cluster = new LocalCluster({ redisUrl: server.url }).apply(Testing.synth(chart));
  expect(await cluster.run('fetch-pages-fill')).toEqual([0]);
  const outside = await slowStore();
  try {
    const start = () => cluster.start('fetch-pages', { env: { SOURCE_URL: outside.url, STORE_URL: outside.url } })[0];

    const first = start();
    await outside.firstWriteArrived;
    first?.kill('SIGSTOP');
    const second = start();
    expect(await second?.ended).toBe(0);
    outside.release();
    first?.kill('SIGCONT');
    expect(await first?.ended).toBe(0);

    const [later, late] = outside.writes;
    expect(outside.writes.map(({ status }) => status)).toEqual([204, 412]);
    expect(late!.token < later!.token).toBe(true);
    expect(await queue.status()).toMatchObject({ claimed: 1, done: 1 });
  } finally {
    outside.close();
  }
});
