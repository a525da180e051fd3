import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { builtLinks } from '../../docs/site/built-links';
import { markdownFiles, REPOSITORY, siteHtml, siteLink } from '../../docs/site/markdown';
import { PAGES } from '../../docs/site/navigation';

test('the site shows every page of the repository, once', () => {
  // A part of bench/RESULTS.md.
  const pages = markdownFiles().filter((path) => path !== 'bench/READING.md');
  expect(PAGES.map(({ file }) => file).sort()).toEqual(pages.sort());
  expect(new Set(PAGES.map(({ path }) => path)).size).toBe(PAGES.length);
  expect(new Set(PAGES.map(({ text }) => text)).size).toBe(PAGES.length);
});

test.each([
  ['docs/faq.md', 'effects.md', '/effects.md'],
  ['docs/faq.md', 'tuning.md#the-lease', '/tuning.md#the-lease'],
  ['docs/faq.md', '#a--b', '#a--b'],
  ['docs/faq.md', '../README.md#how-a-worker-ends', '/introduction.md#how-a-worker-ends'],
  ['docs/faq.md', '../examples/python', '/examples/python.md'],
  ['docs/faq.md', '../examples/python/', '/examples/python.md'],
  ['README.md', 'docs/api/README.md', '/api/index.md'],
  ['README.md', 'bench/RESULTS.md', '/benchmarks.md'],
  ['examples/chess/README.md', 'main.ts', `${REPOSITORY}/blob/main/examples/chess/main.ts`],
  ['examples/chess/README.md', '../../test/examples', `${REPOSITORY}/tree/main/test/examples`],
  ['README.md', 'https://kubernetes.io/docs/', 'https://kubernetes.io/docs/'],
  ['README.md', 'mailto:someone@example.com', 'mailto:someone@example.com'],
])('on the site, the link of %s to %s leads to %s', (file, link, target) => {
  expect(siteLink(file, link)).toBe(target);
});

test('a link to a file that does not exist ends the build', () => {
  expect(() => siteLink('docs/faq.md', 'no-such.md')).toThrow('docs/faq.md links to no-such.md');
});

test('a picture for light and dark follows the switch of the site', () => {
  const html = `<picture>
    <source media="(prefers-color-scheme: dark)" srcset="docs/pictures/item-dark.svg">
    <img src="docs/pictures/item-light.svg" alt="An item" width="600">
  </picture>`;
  expect(siteHtml(html)).toBe(
    '<img class="in-the-light" src="./docs/pictures/item-light.svg" alt="An item" width="600">' +
      '<img class="in-the-dark" src="./docs/pictures/item-dark.svg" alt="An item" width="600">',
  );
});

test('addresses of pictures are such that the bundler finds the files', () => {
  expect(siteHtml('<img src="pictures/a.svg">')).toBe('<img src="./pictures/a.svg">');
  for (const html of ['<img src="../a.svg">', '<img src="https://example.com/a.svg">', '<img src="/a.svg">']) {
    expect(siteHtml(html)).toBe(html);
  }
});

describe('of a site that was built', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'site-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function broken(pages: Record<string, string>, base = '/'): string[] {
    for (const [path, html] of Object.entries(pages)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), html);
    }
    return builtLinks(folder, base);
  }

  test('links, anchors and pictures that are there are right', () => {
    const home = '<a href="/a.html">1</a><a class="x" href="/api/#top">2</a><a href="/a#b--c">3</a><img src="/a.svg">';
    const pages = { 'index.html': home, 'a.html': '<h2 id="b--c">', 'api/index.html': '<p id="top">', 'a.svg': '' };
    expect(broken(pages)).toEqual([]);
    const elsewhere = home.replaceAll('="/', '="/docs/');
    expect(broken({ ...pages, 'index.html': elsewhere }, '/docs/')).toEqual([]);
  });

  test.each([
    ['a page', '<a href="/b.html">'],
    ['an anchor', '<a href="/a.html#c">'],
    ['an anchor of its own', '<a href="#c">'],
    ['a picture', '<img src="/b.svg">'],
  ])('%s that is missing is named', (_, html) => {
    const [, link] = /"(.*)"/.exec(html)!;
    expect(broken({ 'index.html': html, 'a.html': '<h2 id="b">' })).toEqual([`index.html: ${link}`]);
  });

  test('a link beside the base of the site is named', () => {
    expect(broken({ 'index.html': '<a href="/a.html">', 'a.html': '' }, '/docs/')).toEqual(['index.html: /a.html']);
  });
});
