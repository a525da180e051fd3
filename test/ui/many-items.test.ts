import { useQueue } from '../queue-under-test';
import { until } from '../until';
import { describeInBrowser, SHIFTS, textOf, useBrowser } from './browser';
import { UiUnderTest } from './ui-under-test';

const HALF = 50_000;

describeInBrowser('the page in Chromium, of a queue of a hundred thousand items', () => {
  let ui: UiUnderTest | undefined;
  // Before its Redis, which comes next.
  afterAll(() => ui?.close());
  const queue = useQueue();
  const browser = useBrowser();

  test('follows it until it is drained: nothing moves, nothing goes wrong, and what it is sent stays small', async () => {
    const quick = Array.from({ length: HALF - 1 }, (_, i) => `cat-${i}`);
    await queue.withClient(async (client) => {
      await client.fill([...quick, 'wait here', ...quick, 'last']);
      await client.seal();
    });
    ui = await UiUnderTest.start(queue.server.url, { writable: false });
    const page = await browser.open(`${ui.origin}/#/${queue.name}`, {}, `${SHIFTS};${EVENTS}`);
    await page.locator('.badge', { hasText: 'Idle' }).waitFor();
    expect(await textOf(page, '.share')).toBe('0 of 100,000 items');

    const worker = queue.start({ SAY: 'no', WORK_QUEUE_CONCURRENCY: 1 });
    const share = (what: string, expected: string) =>
      until(
        what,
        () => textOf(page, '.share'),
        (text) => text === expected,
      );
    await share('half of it', '49,999 of 100,000 items');
    expect(await textOf(page, '.headline strong')).toBe('49 %');
    await page.getByRole('row').getByText('wait here').waitFor();
    worker.tell('wait here');
    await page.locator('.badge', { hasText: 'Drained' }).waitFor();
    await share('all of it', '100,000 of 100,000 items');
    expect(await textOf(page, '.headline strong')).toBe('100 %');
    expect((await worker.ended).code).toBe(0);

    const seen = (await page.evaluate(
      '({ ...events, seconds: performance.now() / 1000, shifted, elements: document.all.length })',
    )) as { count: number; largest: number; seconds: number; shifted: number; elements: number };
    expect(seen.shifted).toBeLessThan(0.05);
    // Two kinds of events, once a second, however many items end in it. The history is thinned, and no list has a row an item.
    expect(seen.count).toBeGreaterThan(3);
    expect(seen.count).toBeLessThanOrEqual(2 * (Math.ceil(seen.seconds) + 2));
    expect(seen.largest).toBeLessThan(64_000);
    expect(seen.elements).toBeLessThan(2_000);
    expect(browser.complaints).toEqual([]);
    await page.context().close();
  });
});

/** Counts in `events` what the page is told, and how long the longest of it is. */
const EVENTS = `
  globalThis.events = { count: 0, largest: 0 };
  const listen = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function (kind, listener) {
    return listen.call(this, kind, (event) => {
      events.count++;
      events.largest = Math.max(events.largest, event.data?.length ?? 0);
      listener(event);
    });
  };`;
