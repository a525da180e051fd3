import { defineQueue, RetryLater, type StartedWorker, startWorker, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { useQueue } from '../queue-under-test';
import { describeInBrowser, useBrowser } from '../ui/browser';
import { APIS, adapterOn, BoardServer } from './board-server';

const queue = useQueue();
let worker: StartedWorker;
let client: WorkQueue<string>;
let letGo: () => void;
let board: BoardServer;

/** A queue with an item of each kind, on a board. */
async function show(api: string, options: { readOnlyMode?: boolean } = {}): Promise<void> {
  let begun = () => {};
  const running = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const free = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const definition = defineQueue({ name: queue.name });
  await queue.push('{"url":"bad"}', 'later', 'good', 'long');
  worker = startWorker(
    definition,
    async (item, { progress }) => {
      if (item.includes('bad')) throw new Error('HTTP 503');
      if (item === 'later') throw new RetryLater(3_600_000);
      if (item !== 'long') return;
      progress(0.5);
      begun();
      await free;
    },
    {
      log: { info() {}, warn() {} },
      env: { REDIS_URL: queue.server.url, WORK_QUEUE_MAX_ATTEMPTS: '1', WORK_QUEUE_SETTLE_MS: '0', HOSTNAME: 'pod-1' },
    },
  );
  client = new WorkQueue(definition, { url: queue.server.url });
  await running;
  await client.pause();
  await queue.push('waits');
  await queue.until(
    'all ended but one',
    () => client.status(),
    ({ dead, retrying, done }) => dead + retrying + done === 3,
  );
  const Adapter = adapterOn(api);
  board = await BoardServer.start(api, new Adapter(client, { displayName: 'My queue', ...options }));
}

afterEach(async () => {
  letGo();
  await board?.close();
  await worker.stop({ within: 0 });
  await client.close();
});

const listed = async (status: string) => {
  const { body } = await board.ask('GET', `?activeQueue=${queue.name}&status=${status}&page=1&jobsPerPage=10`);
  return body.queues[0];
};

describe.each(Object.entries(APIS))('on a board of version %s', (_, api) => {
  test('items are its jobs, by what they are at', async () => {
    await show(api);
    const { name, displayName, counts, isPaused, ...first } = await listed('failed');
    expect({ name, displayName, isPaused }).toEqual({ name: queue.name, displayName: 'My queue', isPaused: true });
    expect(counts).toMatchObject({ active: 1, waiting: 1, delayed: 1, failed: 1, completed: 1 });
    expect(first.jobs).toEqual([
      expect.objectContaining({
        id: '1',
        data: { url: 'bad' },
        attempts: 1,
        failedReason: 'Error: HTTP 503',
        isFailed: true,
        processedBy: 'pod-1',
      }),
    ]);
    const { jobs } = await listed('active');
    expect(jobs).toEqual([expect.objectContaining({ id: '4', data: 'long', processedBy: 'pod-1' })]);
    expect((await listed('waiting')).jobs).toEqual([expect.objectContaining({ data: 'waits' })]);
    const [delayed] = (await listed('delayed')).jobs;
    expect(delayed).toMatchObject({ id: '2', data: 'later' });
    expect(delayed.delay).toBeGreaterThan(3_000_000);
    expect((await listed('latest')).jobs.map(({ data }: { data: unknown }) => data)).toEqual([
      'long',
      'waits',
      'later',
      { url: 'bad' },
    ]);
  });

  test('each job is found by the id that the list gives it', async () => {
    await show(api);
    for (const { id, data } of (await listed('latest')).jobs) {
      const { status, body } = await board.ask('GET', `/${queue.name}/${id}`);
      expect([status, body.job.data]).toEqual([200, data]);
    }
    expect((await board.ask('GET', `/${queue.name}/99`)).status).toBe(404);
  });

  test('dead letters are retried and dropped, the queue is resumed and paused', async () => {
    await show(api);
    expect((await board.ask('PUT', `/${queue.name}/1/retry`)).status).toBe(204);
    expect(await client.status()).toMatchObject({ dead: 0, retrying: 2 });
    await board.ask('PUT', `/${queue.name}/resume`);
    letGo();
    await queue.until(
      'dead again',
      () => client.status(),
      ({ dead }) => dead === 1,
    );
    await board.ask('PUT', `/${queue.name}/pause`);
    expect((await client.status()).paused).toBe(true);
    expect((await board.ask('PUT', `/${queue.name}/1/clean`)).status).toBe(204);
    expect(await client.status()).toMatchObject({ dead: 0, dropped: 1 });
  });

  test('what a queue does not do is refused, and changes nothing', async () => {
    await show(api);
    const before = await client.status();
    const refused = await Promise.all([
      board.ask('PUT', `/${queue.name}/2/promote`),
      board.ask('PUT', `/${queue.name}/promote`),
      board.ask('PUT', `/${queue.name}/empty`),
      board.ask('PUT', `/${queue.name}/4/clean`),
      board.ask('PUT', `/${queue.name}/obliterate`, { force: false }),
    ]);
    expect(refused.filter(({ status }) => status < 400)).toEqual([]);
    expect(JSON.stringify(refused[0]?.body)).toContain('The board cannot promote items in the queue');
    const { waiting, retrying, dead, leased } = before;
    expect(await client.status()).toMatchObject({ waiting, retrying, dead, leased });
  });

  test('a board that may only read changes nothing', async () => {
    await show(api, { readOnlyMode: true });
    expect((await board.ask('PUT', `/${queue.name}/1/retry`)).status).toBe(405);
    expect((await client.status()).dead).toBe(1);
  });
});

describeInBrowser('the board in Chromium', () => {
  const browser = useBrowser();

  test('shows a dead letter with its error, and retries it', async () => {
    await show('@bull-board/api');
    const page = await browser.open(`${board.url}/queue/${queue.name}?status=failed`);
    await page.getByText('HTTP 503').first().waitFor();
    await page.getByRole('button', { name: 'Retry all' }).click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    await queue.until(
      'retried',
      () => client.status(),
      ({ dead }) => dead === 0,
    );
    expect(browser.complaints).toEqual([]);
  });
});
