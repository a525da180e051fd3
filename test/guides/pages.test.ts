import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorOf, markdownFiles } from '../../docs/site/markdown';
import { PAGES } from '../../docs/site/navigation';

const ROOT = join(__dirname, '../..');
// A part of bench/RESULTS.md, not a page of its own.
const pages = markdownFiles().filter((path) => path !== 'bench/READING.md');

/** A page without its code. */
function textOf(page: string): string {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return text.replace(/^( *)```.*?^\1```$/gms, '').replace(/<!--.*?-->/gs, '');
}

/** The anchors of a page: those that GitHub makes from its headings, and its own. */
function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>();
  const text = textOf(page);
  const own = [...text.matchAll(/<a (?:id|name)="([^"]*)"/g)].map(([, id]) => id as string);
  const made = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const text = (heading as string).replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/\\(.)/g, '$1');
    const anchor = anchorOf(text);
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
  return [...made, ...own];
}

/** What a page links to or shows, in this repository: a file and an anchor. */
function targetsOf(page: string): { link: string; path: string; anchor: string | undefined }[] {
  const text = textOf(page).replace(/`[^`\n]*`/g, '');
  const links = [
    ...text.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g),
    ...text.matchAll(/^\[[^\]]+\]: (\S+)/gm),
    ...text.matchAll(/\b(?:href|src|srcset)="([^"]*)"/g),
    ...text.matchAll(/^ +link: (\S+)$/gm),
  ];
  return links
    .map(([, link]) => link as string)
    .filter((link) => !/^(?:https?|mailto|data):/.test(link))
    .map((link) => {
      const [path, anchor] = link.split('#') as [string, string?];
      return { link, path: path === '' ? page : fileOf(page, decodeURI(path)), anchor };
    });
}

function fileOf(page: string, path: string): string {
  // The home page of the site links to where pages stand there.
  if (path.startsWith('/')) {
    const shown = `${path.slice(1)}${path.endsWith('/') ? 'index' : ''}.md`;
    return PAGES.find((each) => each.path === shown)?.file ?? path;
  }
  const target = join(dirname(page), path);
  const readme = join(target, 'README.md');
  return existsSync(join(ROOT, readme)) ? readme : target;
}

test.each(pages)('every link and picture of %s leads somewhere', (page) => {
  const broken = targetsOf(page).filter(({ path, anchor }) => {
    if (path.startsWith('..') || !existsSync(join(ROOT, path))) return true;
    if (anchor === undefined || statSync(join(ROOT, path)).isDirectory()) return false;
    return path.endsWith('.md') && !anchorsOf(path).includes(anchor);
  });
  expect(broken.map(({ link }) => link)).toEqual([]);
});

test('README links to every guide', () => {
  const linked = targetsOf('README.md').map(({ path }) => path);
  expect(pages.filter((page) => /^docs\/[^/]+\.md$/.test(page) && !linked.includes(page))).toEqual([]);
});

test('links lead from README to every page', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    for (const { path } of targetsOf(page)) if (path.endsWith('.md') && existsSync(join(ROOT, path))) reached.add(path);
  }
  // GitHub itself links to the one, and the other is the way to README.
  const known = ['SECURITY.md', 'docs/site/index.md'];
  expect(pages.filter((page) => !reached.has(page) && !known.includes(page))).toEqual([]);
});

test('every picture that is drawn for light is drawn for dark, and both are shown', () => {
  const shown = pages.flatMap(targetsOf).map(({ path }) => path);
  for (const path of shown.filter((each) => /-(?:light|dark)\.\w+$/.test(each))) {
    const other = path.replace(
      /-(light|dark)(\.\w+)$/,
      (_, mode, end) => `-${mode === 'light' ? 'dark' : 'light'}${end}`,
    );
    expect(shown).toContain(other);
  }
});

test('each page reads well on GitHub: it has one title, and nothing that only the site understands', () => {
  for (const page of pages.filter((each) => each !== 'docs/site/index.md')) {
    const text = textOf(page);
    expect({ page, titles: [...text.matchAll(/^# .+$/gm)].length }).toEqual({ page, titles: 1 });
    expect({
      page,
      only: /^---\n|^:::|^\[\[toc\]\]|^<script|\{\{/im.exec(text.replace(/`[^`\n]*`/g, ''))?.[0],
    }).toEqual({
      page,
      only: undefined,
    });
  }
});
