import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { UiServer } from '../../ui/server';
import { useQueue } from '../queue-under-test';
import { until } from '../until';
import { describeInBrowser, PHONE, SHIFTS, textOf, useBrowser, WIDE } from './browser';

const PAGE = join(__dirname, '../../build/ui/page');
const ONCE = { WORK_QUEUE_MAX_ATTEMPTS: 1, SAY: 'no' };

describeInBrowser('the page in Chromium', () => {
  const servers: UiServer[] = [];
  // Before their Redis, which comes next.
  afterAll(() => Promise.all(servers.map((server) => server.close())));
  const queue = useQueue();
  const browser = useBrowser();
  let url: string;

  const serve = async (writable: boolean) => {
    const server = await UiServer.start({
      store: { url: queue.server.url },
      storeName: 'redis:6379',
      port: 0,
      orAnyPort: false,
      writable,
      page: PAGE,
    });
    servers.push(server);
    return server.url;
  };
  const at = (part = '') => `${url}#/${queue.name}${part}`;

  beforeAll(async () => {
    url = await serve(true);
  });
  afterEach(() => {
    expect(browser.complaints).toEqual([]);
  });

  test('follows a queue that is resumed there until it has ended, and nothing moves', async () => {
    const failing = Array.from({ length: 30 }, (_, i) => `throw HTTP-503-of-${i}`);
    const quick = (many: number) => Array.from({ length: many }, (_, i) => `cat-${i}`);
    await queue.fill(...quick(970), ...failing, 'wait here', ...quick(999));
    await queue.withClient((client) => client.pause());
    const page = await browser.open(url, {}, SHIFTS);
    await page.getByRole('link', { name: queue.name, exact: true }).click();
    await page.locator('.badge', { hasText: 'Paused' }).waitFor();
    expect(await textOf(page, '.headline strong')).toBe('0 %');
    expect(await textOf(page, '.share')).toBe('0 of 2,000 items');

    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.getByText(`${queue.name} goes on.`).waitFor();
    const worker = queue.start({ ...ONCE, WORK_QUEUE_CONCURRENCY: 1, WORK_QUEUE_WORKER: 'cats-1' });
    await page.locator('.badge', { hasText: 'Running' }).waitFor();
    await until(
      'half of it',
      () => textOf(page, '.headline strong'),
      (text) => text === '50 %',
    );
    expect(await textOf(page, '.share')).toBe('1,000 of 2,000 items');
    expect(await textOf(page, '.count-dead dd')).toBe('30');
    const crew = page.getByRole('row', { name: /cats-1/ });
    await crew.getByText('wait here').waitFor();
    await page.getByRole('img', { name: /^Rate: now .*\/s, at most .*\/s since/ }).waitFor();

    worker.tell('wait here');
    await page.locator('.badge', { hasText: 'Failed' }).waitFor();
    expect(await textOf(page, '.headline strong')).toBe('100 %');
    expect(await textOf(page, '.count-done dd')).toBe('1,970');
    await page.getByText('No worker holds a lease.').waitFor();
    await page.getByRole('img', { name: /^Attempt duration: half take at most/ }).waitFor();
    await page.getByText('As a table: Rate').click();
    await page.getByRole('columnheader', { name: 'items' }).waitFor();
    // What a reader would have seen jump, as a share of the window.
    expect(await page.evaluate('shifted')).toBeLessThan(0.05);
    await page.context().close();
  });

  test('groups dead letters by kind, shows each in full, retries a kind and drops another', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ui-')), 'mended');
    await queue.fill('throw <b>gone</b>', ...Array.from({ length: 17 }, () => `needs ${file}`));
    await queue.start(ONCE).ended;
    const page = await browser.open(at('/dead'));
    await page.getByRole('heading', { name: '18 dead letters, 2 kinds of failure' }).waitFor();
    await page.getByRole('button', { name: /^17 ×.*ENOENT/ }).click();
    const letter = page.getByRole('button', { name: /^#3/ });
    await letter.click();
    await page.locator('pre', { hasText: /ENOENT.*\n {4}at needs \(/ }).waitFor();
    await page.getByText('<b>gone</b>').waitFor();

    writeFileSync(file, '');
    await page.getByRole('button', { name: /^Retry those with .*ENOENT/ }).click();
    await page.getByRole('button', { name: 'Retry 17', exact: true }).click();
    await page.getByText('17 items will be tried again.').waitFor();
    await page.getByRole('heading', { name: '1 dead letter, 1 kind of failure' }).waitFor();
    await queue.start(ONCE).ended;
    await until(
      'they are done',
      () => textOf(page, '.count-done dd'),
      (text) => text === '17',
    );

    await page.getByRole('button', { name: 'Drop all' }).click();
    await page.getByRole('button', { name: 'Drop 1', exact: true }).click();
    await page.getByText('1 dead letter dropped.').waitFor();
    await page.getByText('No item has used up its attempts.').waitFor();
    await until(
      'it is dropped',
      () => textOf(page, '.count-dropped dd'),
      (text) => text === '1',
    );
    await page.context().close();
  });

  test('shows items by state and by what is searched for', async () => {
    await queue.fill(...Array.from({ length: 150 }, (_, i) => `cats/${i}.jpg`), '<img src=x onerror=alert(1)>');
    const page = await browser.open(at('/items'));
    await page.getByText('These are the first 100.').waitFor();
    expect(await page.locator('.items tbody tr').count()).toBe(100);
    await page.getByLabel('Search').fill('onerror');
    await page.getByRole('button', { name: '<img src=x onerror=alert(1)>' }).waitFor();
    await until(
      'only that',
      () => page.locator('.items tbody tr').count(),
      (rows) => rows === 1,
    );
    await page.getByLabel('State').selectOption('running');
    await page.getByText('No item is like that.').waitFor();
    await page.context().close();
  });

  test('can be used by keyboard alone: a dialog keeps the focus, Escape changes nothing and gives it back', async () => {
    await queue.fill('a', 'b');
    const page = await browser.open(url);
    await page.getByRole('link', { name: queue.name, exact: true }).waitFor();
    await tabTo(page, queue.name);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: queue.name }).waitFor();
    await until(
      'the new content has the focus',
      () => focused(page),
      (text) => text.startsWith('MAIN'),
    );
    await tabTo(page, 'Cancel');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: `Cancel ${queue.name} for good?` }).waitFor();
    // What cannot be undone is not what Enter does.
    expect(await focused(page)).toBe('BUTTON Go back');
    const seen = new Set<string>();
    for (let i = 0; i < 6; i++) {
      await page.keyboard.press('Tab');
      seen.add(await focused(page));
    }
    // The body stands for the frame of the browser, which a dialog leaves to its user.
    seen.delete('BODY');
    expect([...seen].sort()).toEqual(['BUTTON Cancel the queue', 'BUTTON Go back']);
    await page.keyboard.press('Escape');
    await until(
      'it is closed',
      () => page.getByRole('dialog').count(),
      (dialogs) => dialogs === 0,
    );
    expect(await focused(page)).toBe('BUTTON Cancel');
    expect(await queue.withClient((client) => client.status())).toMatchObject({ cancelled: false, waiting: 2 });
    for (const tab of ['Overview', 'Items', 'Dead letters']) await tabTo(page, tab);
    await page.keyboard.press('Enter');
    await page.getByText('No item has used up its attempts.').waitFor();
    await page.context().close();
  });

  test('has nothing that axe-core finds, light, dark and on a phone, and nothing wider than that', async () => {
    await queue.fill(
      'throw HTTP 503',
      'sleep 60000',
      ...Array.from({ length: 40 }, (_, i) => `cats/${i}.jpg ${'x'.repeat(400)}`),
    );
    await queue.start({
      ...ONCE,
      WORK_QUEUE_CONCURRENCY: 1,
      WORK_QUEUE_WORKER: 'a-worker-of-a-long-name-7d9f8b-x2x4z',
    });
    await queue.until(
      'it is held',
      () => queue.withClient((client) => client.status()),
      ({ dead }) => dead === 1,
    );
    const page = await browser.open(url, {}, axe.source);
    for (const [viewport, colorScheme] of [
      [WIDE, 'light'],
      [WIDE, 'dark'],
      [PHONE, 'light'],
    ] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      const check = async (what: string, shown: string) => {
        await page.locator(shown).first().waitFor();
        // What differs there: in the dark the colours, on a phone the tables, of which that of queues is laid out anew.
        const isSame = viewport === PHONE && what !== 'the queues';
        const problems = isSame ? [] : await problemsOf(page, colorScheme === 'dark' ? ['color-contrast'] : undefined);
        const hidden = await page.evaluate(
          'Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)',
        );
        expect({ what, colorScheme, problems, hidden }).toEqual({
          what,
          colorScheme,
          problems: [],
          hidden: 0,
        });
      };
      await page.goto(`${url}#/`);
      await check('the queues', '.queues');
      await page.goto(at());
      await check('a queue', '.crew tbody');
      await page.goto(at('/items'));
      await check('its items', '.items');
      await page.goto(at('/dead'));
      await page.locator('.groups .disclose').click();
      await page.locator('.letters .disclose').click();
      await check('a dead letter', '.letter pre');
      await page.getByRole('button', { name: 'Drop all' }).click();
      await check('a dialog', 'dialog');
      await page.keyboard.press('Escape');
    }
    await page.context().close();
  });

  test('has no button that changes anything where it only looks', async () => {
    await queue.fill('throw HTTP 503', 'more');
    await queue.withClient((client) => client.pause());
    const page = await browser.open(`${await serve(false)}#/${queue.name}`);
    await page.getByText('read-only').waitFor();
    await page.locator('.badge', { hasText: 'Paused' }).waitFor();
    expect(await page.getByRole('button').allInnerTexts()).toEqual(['Skip to the content']);
    await page.context().close();
  });

  test('says so where there is no such queue, and where Redis does not answer', async () => {
    await queue.fill('a');
    const page = await browser.open(`${url}#/nobody`);
    await page.getByText('There is no queue nobody on redis:6379.').waitFor();
    await page.getByRole('link', { name: 'All queues' }).click();
    await page.getByRole('link', { name: queue.name, exact: true }).waitFor();
    const away = page.getByText(/[^.]\. What is shown is of \d\d:\d\d:\d\d\.$/);
    queue.server.pause();
    try {
      await away.waitFor();
      await page.getByRole('link', { name: queue.name, exact: true }).waitFor();
    } finally {
      queue.server.resume();
    }
    await away.waitFor({ state: 'detached' });
    await page.context().close();
  });
});

function focused(page: Page): Promise<string> {
  return page.evaluate(`(({ tagName, innerText }) =>
    tagName + (tagName === 'BODY' ? '' : ' ' + innerText.split('\\n')[0]))(document.activeElement)`);
}

/** Presses Tab until an element of this text has the focus. */
async function tabTo(page: Page, text: string): Promise<void> {
  const seen: string[] = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    const now = (await focused(page)).replace(/^\w+ /, '');
    if (now === text) return;
    seen.push(now);
  }
  throw new Error(`no Tab leads to ${text}, only to ${seen.join(', ')}`);
}

/** What axe-core finds by these rules, or by all, a line each. */
async function problemsOf(page: Page, runOnly?: string[]): Promise<string[]> {
  const found: { violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] } =
    await page.evaluate(`axe.run(${JSON.stringify({ resultTypes: ['violations'], runOnly })})`);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}
