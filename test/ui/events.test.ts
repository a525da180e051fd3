import { StoreWatch } from '../../ui/server/store-watch';
import { useQueue } from '../queue-under-test';
import { RedisFront } from '../redis-front';
import { until } from '../until';
import { type EventsUnderTest, UiUnderTest } from './ui-under-test';

// What pages are told without asking.

const queue = useQueue({ appendOnly: true });
let server: UiUnderTest;
let events: EventsUnderTest | undefined;

beforeAll(async () => {
  server = await UiUnderTest.start(queue.server.url, { patience: 1_000 });
});
afterEach(() => events?.close());
afterAll(() => server?.close());

test('a server that is closed breaks off its look at which queues there are', async () => {
  let looked = () => {};
  const looks = new Promise<void>((resolve) => {
    looked = resolve;
  });
  const front = await RedisFront.start(queue.server.port, (request) => {
    if (!/\bscan\b/i.test(request)) return 'pass';
    looked();
    return 'swallow';
  });
  const watch = new StoreWatch({ store: { url: front.url, patience: 3_600_000 }, names: undefined });
  const started = watch.start();
  await looks;
  await watch.close();
  await expect(started).rejects.toThrow('it was closed');
  await front.close();
});

test('a page is told of all queues, and of the one that it shows, as they change', async () => {
  await queue.fill('a', 'b');
  events = await server.follow(`?queue=${queue.name}`);
  expect(events.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  await until('the queue', () => events?.last('queue')?.waiting === 2);
  const row = () => events?.last('queues')?.queues.find(({ name }: { name: string }) => name === queue.name);
  await until('the row of the queue', () => row()?.waiting === 2);
  await queue.start().ended;
  await until('its end', () => events?.last('queue')?.state === 'drained');
  expect(events.last('queue')).toMatchObject({ done: 2, durations: { done: { count: 2 } } });
  await until('its end in the list', () => row()?.done === 2);
});

test('a page is told while Redis is away, and goes on when it is back', async () => {
  await queue.fill('a');
  events = await server.follow(`?queue=${queue.name}`);
  await until('the queue', () => events?.last('queue'));
  await queue.server.kill('SIGTERM');
  await until('that it is away', () => events?.last('away'));
  expect(events.last('away').error).toContain('did not answer');
  const { status, json } = await server.ask(`/api/queues/${queue.name}`);
  expect([status, json.error]).toEqual([503, expect.stringContaining('did not answer')]);
  expect((await server.change(`/api/queues/${queue.name}/pause`)).status).toBe(503);
  // One who comes meanwhile hears of it as well; the page itself is there.
  const late = await server.follow();
  await until('that it is away', () => late.last('away'));
  expect((await server.ask('/')).status).toBe(200);
  const before = events.seen.length;
  await queue.server.start();
  await until('the queues', () => events?.seen.slice(before).some(({ event }) => event === 'queues'));
  await until('the queue', () => events?.seen.slice(before).some(({ event }) => event === 'queue'));
  await until('the queues, for the late one', () => late.last('queues'));
  late.close();
  await until('an answer', async () => (await server.ask(`/api/queues/${queue.name}`)).status === 200);
});

test('pages are let in until there are too many, and again when one has left', async () => {
  const pages: EventsUnderTest[] = [];
  try {
    for (let i = 0; i < 32; i++) pages.push(await server.follow());
    expect(pages.map(({ status }) => status)).toEqual(pages.map(() => 200));
    const { status, json } = await server.ask('/api/events');
    expect([status, json.error]).toEqual([503, expect.stringContaining('32 pages')]);
    pages.pop()?.close();
    await until('there is room', async () => {
      const page = await server.follow();
      pages.push(page);
      return page.status === 200;
    });
  } finally {
    for (const page of pages) page.close();
  }
});

test('the server ends with pages open', async () => {
  const other = await UiUnderTest.start(queue.server.url);
  const page = await other.follow();
  const ended = new Promise((resolve) => page.response.once('close', resolve));
  await other.close();
  await ended;
});
