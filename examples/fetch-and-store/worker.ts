import { createHash } from 'node:crypto';
import { runWorker, UnrecoverableError } from 'cdk8s-redis-work-queue/worker';
import { pages } from './queue';

const source = process.env.SOURCE_URL ?? 'http://localhost:8080/site';
const store = process.env.STORE_URL ?? 'http://localhost:8080/store';

runWorker(
  pages,
  async ({ path }, { signal, token }) => {
    const page = await fetch(source + path, { signal });
    // No attempt would change that: a dead letter at once.
    if (page.status === 404 || page.status === 410) throw new UnrecoverableError(`${page.url} is gone`);
    // Anything else may be better next time: tried again, later and later.
    if (!page.ok) throw new Error(`${page.url} answered ${page.status}`);
    const body = new Uint8Array(await page.arrayBuffer());

    const stored = await fetch(store + path, { method: 'PUT', body, headers: { 'x-fencing-token': token }, signal });
    // Another worker was given this page later and has stored it; this process only noticed too late.
    if (stored.status === 412) throw new Error(`${path} was stored under a later token than ${token}`);
    if (!stored.ok) throw new Error(`the store answered ${stored.status} to ${path}`);

    return { bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') };
  },
  { results: true, backoff: { base: 500, max: 30_000 } },
);
