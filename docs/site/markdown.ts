/** What GitHub makes of Markdown, for a site that shows the same pages elsewhere. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { PAGES } from './navigation';

const ROOT = join(__dirname, '../..');
export const REPOSITORY = 'https://github.com/cdk8s-redis-work-queue/cdk8s-redis-work-queue';

const pathOf = new Map(PAGES.map(({ file, path }) => [file, path]));

/** Every page in Markdown of the repository, by its path from the root. */
export function markdownFiles(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return /^(\..*|node_modules|build|dist)$/.test(entry.name) ? [] : markdownFiles(path);
    return path.endsWith('.md') ? [path] : [];
  });
}

/** The anchor of a heading, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/**
 * Where a link of a page leads on the site: to the page that shows the file, or to the file on GitHub.
 *
 * @param file - The page that links, from the root of the repository.
 * @throws Error - The link leads nowhere.
 */
export function siteLink(file: string, link: string): string {
  if (/^[a-z]+:/i.test(link) || link.startsWith('#')) return link;
  const [path, anchor] = link.split('#') as [string, string?];
  const target = posix.join(posix.dirname(file), decodeURI(path)).replace(/\/$/, '');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const shown = pathOf.get(target) ?? pathOf.get(`${target}/README.md`);
  if (shown !== undefined) return `/${shown}${hash}`;
  if (!existsSync(join(ROOT, target))) throw new Error(`${file} links to ${link}, and there is no ${target}.`);
  const kind = statSync(join(ROOT, target)).isDirectory() ? 'tree' : 'blob';
  return `${REPOSITORY}/${kind}/main/${target}${hash}`;
}

/**
 * HTML of a page for the site: pictures for light and dark follow the switch of the site, not only the system, and
 * relative addresses are such that the bundler finds the files.
 */
export function siteHtml(html: string): string {
  return html
    .replace(/<picture>(.*?)<\/picture>/gs, (picture, inside: string) => {
      const dark = /<source\b[^>]*\bprefers-color-scheme:\s*dark\b[^>]*>/.exec(inside)?.[0];
      const source = dark && /\bsrcset="([^"\s]+)"/.exec(dark)?.[1];
      const image = /<img\b[^>]*>/.exec(inside)?.[0];
      if (!source || !image) return picture;
      const inTheDark = image.replace(/\bsrc="[^"]*"/, `src="${source}"`);
      return withClass(image, 'in-the-light') + withClass(inTheDark, 'in-the-dark');
    })
    .replace(/\b(src|srcset)="(?![a-z]+:|[./])/g, '$1="./');
}

function withClass(tag: string, name: string): string {
  return tag.replace(/^<img\b/, `<img class="${name}"`);
}
