import { runWorker } from 'cdk8s-redis-work-queue/worker';
import { keyOf, pages } from './queue';

const { origin } = new URL(process.env.SITE_URL ?? 'http://localhost:8080');

/** The pages of this site that a page links to, each of them once. */
function linksIn(html: string, base: string): Set<string> {
  const links = new Set<string>();
  for (const [, link = ''] of html.matchAll(/href="([^"#]+)/g)) {
    if (!URL.canParse(link, base)) continue;
    const url = new URL(link, base);
    if (url.origin === origin) links.add(url.pathname + url.search);
  }
  return links;
}

runWorker(
  pages,
  async (path, { add, signal }) => {
    const response = await fetch(origin + path, { signal });
    const { status } = response;
    // May be better next time: tried again, later and later.
    if (status === 429 || status >= 500) throw new Error(`${path} answered ${status}`);
    // A broken link is what a crawl finds, not a failure.
    if (!response.ok) return { status, links: 0 };

    const links = linksIn(await response.text(), response.url);
    add(links, { key: keyOf });
    return { status, links: links.size };
  },
  { results: true },
);
