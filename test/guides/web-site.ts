import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** The services that samples call, on this machine. */
export interface WebSite {
  readonly url: string;
  /** Path → what was put there. */
  readonly stored: ReadonlyMap<string, string>;
  close(): void;
}

/** What its pages answer: `/gone` is 404, `/flaky` is 503 once, and then there, and `/rendering` is so with 202, `/busy` with 429. */
export async function startWebSite(): Promise<WebSite> {
  let asked = 0;
  let looked = 0;
  let refused = 0;
  const stored = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    if (request.method === 'PUT') stored.set(path, await text(request));
    if (path === '/gone') response.writeHead(404);
    else if (path === '/flaky' && asked++ === 0) response.writeHead(503);
    else if (path === '/rendering' && looked++ === 0) response.writeHead(202);
    else if (path === '/busy' && refused++ === 0) response.writeHead(429, { 'retry-after': '1' });
    if (path === '/photos.json') response.end('["https://example.com/a.jpg","https://example.com/b.jpg"]');
    else if (path.startsWith('/tree/')) response.end(pageOfTree(Number(path.slice(6))));
    else if (path === '/jobs/1') response.end('"done"');
    else if (path === '/jobs') response.end('1');
    else response.end('a page');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { stored, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** A tree of 31 pages, which are numbered from the root on; most also link to the one before them. */
function pageOfTree(page: number): string {
  const links = [2 * page, 2 * page + 1].filter((child) => child <= 31);
  if (page > 2) links.push(page - 1);
  return links.map((link) => `<a href="/tree/${link}">${link}</a>`).join('');
}
