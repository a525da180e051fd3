import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { findChromium } from '../../local/find-chromium';
import { ROOT } from './record';

const VIEWPORT = { width: 1_140, height: 800 };

/** The page of `rwq ui` in a real browser, when some two thirds of the items are done: PNG by name. */
export async function browserPage(url: string, queue: string): Promise<Record<string, Buffer>> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('There is no Chromium on the PATH to take pictures of the page with.');
  const env = { ...process.env, REDIS_URL: url };
  const args = [join(ROOT, 'build/cli/rwq.js'), 'ui', '--write'];
  const server = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const ended = once(server, 'exit').then(([code]) => {
      throw new Error(`rwq ui ended with ${code}`);
    });
    const [line] = (await Promise.race([once(createInterface(server.stdout), 'line'), ended])) as [string];
    ended.catch(() => {});
    const address = /http:\S+/.exec(line)?.[0];
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    try {
      const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: 'light' });
      page.setDefaultTimeout(240_000);
      await page.goto(`${address}#/${queue}`);
      await page.locator('.headline strong', { hasText: /^(6[6-9]|[78]\d) %$/ }).waitFor();
      const overview = await page.screenshot();
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.goto(`${address}#/${queue}/dead`);
      await page.locator('.groups .disclose').first().click();
      await page.locator('.letters .disclose').first().click();
      await page.locator('.letter pre').first().waitFor();
      await page.mouse.move(0, 0);
      // Where this repository lies is nobody's business.
      await page.evaluate(
        `for (const { firstChild: text } of document.querySelectorAll('pre')) text.data = text.data.replaceAll(${JSON.stringify(ROOT)}, '/app')`,
      );
      return { ui: overview, 'ui-dead-letters': await page.screenshot() };
    } finally {
      await browser.close();
    }
  } finally {
    server.kill();
  }
}
