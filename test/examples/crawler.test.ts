import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { pages } from '../../examples/crawler/queue';
import { LocalCluster } from '../../local/cluster';
import { useRedis } from '../redis-under-test';
import { synthesize } from './synthesize';

const shared = useRedis();
let cluster: LocalCluster;

afterEach(() => cluster?.stop());

const PAGES = 60;
const pathOf = (page: number) => (page === 1 ? '/' : `/page?number=${page}`);

/** A tree of pages. Each also links to itself, to the first, to the one before it, and to what is no page of the site. */
function page(number: number): string {
  const pages = [2 * number, 2 * number + 1, number, 1, Math.max(number - 1, 1)].filter((each) => each <= PAGES);
  const links = [
    ...pages.map(pathOf),
    `${pathOf(number)}#part`,
    '#top',
    'gone',
    'mailto:a@b.example',
    'http://[',
    '//c.example/',
  ];
  return links.map((link) => `<a href="${link}">a link</a>`).join('\n');
}

/** A site of 60 pages, and the path of each request that it answered; the second page is refused at first. */
async function startSite() {
  const requests: string[] = [];
  let refused = 0;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const number = path === '/' ? 1 : Number(/^\/page\?number=(\d+)$/.exec(path)?.[1]);
    if (number === 2 && refused++ === 0) return response.writeHead(503).end();
    requests.push(path);
    if (number <= PAGES) response.end(page(number));
    else response.writeHead(404).end();
    return response;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

test('two workers visit each page once, and end when all are visited', async () => {
  const site = await startSite();
  const queue = new WorkQueue(pages, { url: shared.server.url });
  try {
    cluster = new LocalCluster({ redisUrl: shared.server.url }).apply(await synthesize('crawler'));
    expect(await cluster.run('crawl-fill')).toEqual([0]);
    const workers = cluster.start('crawl', { env: { SITE_URL: site.url } });
    expect(await Promise.all(workers.map((pod) => pod.ended))).toEqual([0, 0]);

    const all = Array.from({ length: PAGES }, (_, index) => pathOf(index + 1));
    expect([...site.requests].sort()).toEqual([...all, '/gone'].sort());
    expect(workers.flatMap((pod) => pod.all(/attempt 1 of \d+ failed, .*: (.*)/))).toEqual([
      expect.stringContaining('/page?number=2 answered 503'),
    ]);
    expect(await queue.status()).toMatchObject({ done: PAGES + 1, added: PAGES, total: PAGES + 1, dead: 0 });
    // The filler may be run again, as after the loss of its node.
    expect(await cluster.run('crawl-fill')).toEqual([0]);
    expect(await queue.status()).toMatchObject({ waiting: 0, total: PAGES + 1 });
    const found = new Map<string | undefined, number>();
    for await (const { item, result } of queue.results<{ status: number }>()) found.set(item, result.status);
    expect(found).toEqual(new Map([...found.keys()].map((path) => [path, path === '/gone' ? 404 : 200])));
    expect([...found.keys()].sort()).toEqual([...all, '/gone'].sort());
  } finally {
    await queue.close();
    site.close();
  }
});
