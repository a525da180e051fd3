import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom';

const ROOT = join(__dirname, '../..');
const pictures = readdirSync(__dirname).filter((name) => name.endsWith('.svg'));
const shots = readdirSync(__dirname).filter((name) => name.endsWith('.png'));
const pages = [
  'README.md',
  'bench/RESULTS.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

describe.each(pictures)('%s', (name) => {
  const svg = readFileSync(join(__dirname, name), 'utf8');
  const parsed = () => new DOMParser({ onError: onErrorStopParsing }).parseFromString(svg, 'image/svg+xml');

  test('is well-formed, and tells what it shows to those who do not see it', () => {
    const root = parsed().documentElement;
    expect(root?.tagName).toBe('svg');
    expect(root?.getAttribute('role')).toBe('img');
    expect(root?.getAttribute('aria-labelledby')).toBe('title desc');
    for (const tag of ['title', 'desc']) {
      const [element, ...others] = Array.from(parsed().getElementsByTagName(tag));
      expect(others).toEqual([]);
      expect(element?.getAttribute('id')).toBe(tag);
      expect(element?.textContent?.trim()).not.toBe('');
    }
  });

  test('every colour has one for light pages and one for dark ones, and none stands anywhere else', () => {
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(svg) ?? [];
    const [, dark = ''] = /@media \(prefers-color-scheme: dark\) \{(.*?)\n\}/s.exec(style) ?? [];
    const light = style.replace(dark, '');
    const coloured = (rules: string) =>
      [...rules.matchAll(/(\.[\w-]+) \{ ((?:fill|stroke)): (#\w+)/g)].map(([, rule, what]) => `${rule} ${what}`);
    expect(coloured(dark)).not.toEqual([]);
    expect(coloured(light)).toEqual(coloured(dark));
    expect(svg.replace(style, '')).not.toMatch(/ (?:fill|stroke)=|="[^"]*#[0-9a-f]{3}/i);
  });

  test('every class that it uses is one of its style', () => {
    const used = [...svg.matchAll(/ class="([^"]+)"/g)].flatMap(([, classes]) => (classes as string).split(' '));
    const known = [...svg.matchAll(/\.([\w-]+) \{/g)].map(([, rule]) => rule);
    expect([...new Set(used)].filter((each) => !known.includes(each))).toEqual([]);
  });

  test('loads nothing', () => {
    expect(svg).not.toMatch(/href|url\((?!#)|@import|<script|<image|<foreignObject/);
  });
});

test('every picture is shown on a page, in words too, and pages show no other', () => {
  const shown = pages.flatMap((page) => {
    const markdown = readFileSync(join(ROOT, page), 'utf8');
    return [...markdown.matchAll(/!\[([^\]]*)\]\(([^)\s]+\.(?:svg|png))\)/g)].map(([, words, path]) => {
      expect(words).not.toBe('');
      return relative(__dirname, join(ROOT, dirname(page), path as string));
    });
  });
  expect([...new Set(shown)].sort()).toEqual([...pictures, ...shots].map((name) => basename(name)).sort());
});
