import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../local/find-chromium';

const EXECUTABLE = findChromium();

/** `describe` of what needs a browser: where there is none, it is skipped, and its name says so. */
export const describeInBrowser = (name: string, tests: () => void) =>
  EXECUTABLE ? describe(name, tests) : describe.skip(`${name} (NOT RUN: there is no Chromium)`, tests);

/** What does not come within this time never will, in ms. */
const PATIENCE = 240_000;

export const WIDE = { width: 1_280, height: 900 };
export const PHONE = { width: 360, height: 740 };

/** One browser for the tests of a file. */
export class BrowserUnderTest {
  private browser!: Browser;
  /** What pages complained of: errors of scripts, and what their Content-Security-Policy refused. */
  readonly complaints: string[] = [];

  async start(): Promise<void> {
    // Its sandbox needs namespaces that containers and root do not have; it opens pages of this repository alone.
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    this.browser = await chromium.launch({ executablePath: EXECUTABLE!, args, timeout: PATIENCE });
  }

  /** A page of its own, as a browser has it that was never here. */
  async open(url: string, options: BrowserContextOptions = {}, script = ''): Promise<Page> {
    const context = await this.browser.newContext({ viewport: WIDE, ...options });
    if (script) await context.addInitScript({ content: script });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (message) => {
      // A server that is gone is what some tests are about.
      if (message.type() === 'error' && !/ERR_|Failed to load resource/.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
    await page.goto(url);
    return page;
  }

  async stop(): Promise<void> {
    await this.browser?.close();
  }
}

/** One browser for the tests of a file. */
export function useBrowser(): BrowserUnderTest {
  const fixture = new BrowserUnderTest();
  beforeAll(() => fixture.start());
  afterAll(() => fixture.stop());
  return fixture;
}

/** Adds up in `shifted` how far things moved that nobody had touched. */
export const SHIFTS = `
  globalThis.shifted = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) shifted += value;
  }).observe({ type: 'layout-shift', buffered: true });`;

export function textOf(page: Page, selector: string): Promise<string> {
  return page.locator(selector).innerText();
}
