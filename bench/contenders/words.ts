import { defineQueue, runWorker, WorkQueue } from '../../worker';
import { ContenderProcess } from '../harness/contender-process';
import { payloadOf, payloads } from '../harness/items';

/** Follow-up items of each item that has any. */
const CHILDREN = 100;

const contender = new ContenderProcess();
const { queue: name, redisUrl, expected } = contender.orders;
const queue = defineQueue({ name });
const byItself = (payload: string) => payload;

/** Fills the queue, as part of what is measured. */
async function fill(items: number, key?: (payload: string) => string): Promise<void> {
  contender.begin();
  const client = new WorkQueue(queue, { url: redisUrl });
  await client.fill(payloads(0, items), { seal: true, ...(key && { key }) });
  await client.close();
}

/** The first items bring all others along. */
async function drainByParents(key?: (payload: string) => string): Promise<void> {
  const parents = expected / (CHILDREN + 1);
  await fill(parents, key);
  await runWorker(queue, (payload, { add }) => {
    contender.handle(payload);
    const item = Number(payload.slice(0, 9));
    if (item >= parents) return;
    const first = parents + item * CHILDREN;
    const children = Array.from({ length: CHILDREN }, (_, i) => payloadOf(first + i));
    if (key) add(children, { key });
    else add(children);
  });
}

/** This package, with one word of its handlers in use. */
const WORDS: { readonly [word: string]: () => Promise<unknown> } = {
  plain: () => runWorker(queue, contender.handle),
  batch: () => runWorker(queue, (items: string[]) => items.forEach(contender.handle), { batch: { size: 100 } }),
  rate: () => runWorker(queue, contender.handle),
  filled: async () => {
    await fill(expected);
    await runWorker(queue, contender.handle);
  },
  'filled by key': async () => {
    await fill(expected, byItself);
    await runWorker(queue, contender.handle);
  },
  added: () => drainByParents(),
  'added by key': () => drainByParents(byItself),
};

void WORDS[String(process.env.BENCH_WORD)]?.();
