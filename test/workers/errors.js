/*
 * A worker whose items fail, each in its own way: `fetch URL`, `lines`, `uncaught URL`. With FILL=URL a filler, whose
 * items are to be fetched there.
 */
const { defineQueue, runFiller, runWorker } = require('cdk8s-redis-work-queue/worker');

const queue = defineQueue({ name: process.env.QUEUE });

async function* pages() {
  yield await fetchPage(process.env.FILL);
}

async function fetchPage(url) {
  const response = await fetch(url).catch((cause) => cause);
  if (response instanceof Error) throw new Error('no page', { cause: response });
  return response.text();
}

async function pagesOf(payload, { log }) {
  const [word, url] = payload.split(' ');
  log(`two\nlines of ${word}`);
  if (word === 'lines') throw new Error('one\nWorking on something else\r\n\u001b[31mred\u001b[39m\u2028end');
  if (word === 'uncaught') return new Promise(() => setTimeout(fetchPage, 0, url));
  await fetchPage(url);
}

if (process.env.FILL) runFiller(queue, pages);
else runWorker(queue, pagesOf, { backoff: { base: 1 } });
