import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/**
 * What is broken in a site as it was built: links, anchors and images of its own that lead nowhere.
 *
 * VitePress looks for dead pages itself, but neither for anchors nor for images.
 */
export function builtLinks(folder: string, base: string): string[] {
  const pages = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.html'))
      .map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
  );
  const idsOf = new Map([...pages].map(([file, html]) => [file, new Set(valuesOf(html, 'id'))]));
  const broken: string[] = [];
  for (const [file, html] of pages) {
    for (const link of new Set([...valuesOf(html, 'href'), ...valuesOf(html, 'src')])) {
      if (/^[a-z]+:|^\/\//i.test(link)) continue;
      const [path, anchor] = decodeURI(link).split('#') as [string, string?];
      const target = path === '' ? file : targetOf(file, path, base);
      const found = target !== undefined && existsSync(join(folder, target));
      const known = !anchor || !target?.endsWith('.html') || idsOf.get(target)?.has(anchor);
      if (!found || !known) broken.push(`${file}: ${link}`);
    }
  }
  return broken;
}

function targetOf(file: string, path: string, base: string): string | undefined {
  const absolute = path.startsWith('/');
  if (absolute && !path.startsWith(base)) return undefined;
  const target = absolute ? path.slice(base.length) : posix.join(posix.dirname(file), path);
  if (target === '' || target.endsWith('/')) return `${target}index.html`;
  return posix.extname(target) === '' ? `${target}.html` : target;
}

function valuesOf(html: string, attribute: string): string[] {
  return [...html.matchAll(new RegExp(`<[^>]*\\s${attribute}="([^"]*)"`, 'g'))].map(([, value]) =>
    (value as string).replaceAll('&amp;', '&'),
  );
}
