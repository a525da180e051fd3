import { Contender, type ContenderName, TITLES } from '../harness/contender';
import { assertExact } from '../harness/drain-run';
import type { Family } from '../harness/family';
import { meanBytes } from '../harness/items';
import { short } from '../harness/report';
import type { Store } from '../harness/store';

interface Cost {
  readonly waiting: number;
  readonly done: number;
}

/** Bytes of Redis memory that an item takes while it waits, and when it is done. */
export const memory: Family = {
  name: 'memory',
  about: 'bytes of Redis for each waiting and each done item',
  withPeers: true,
  async run({ store, quick, say }) {
    const [few, many] = quick ? [100, 2_000] : [1_000, 100_000];
    const names: ContenderName[] = ['ours', 'bullmq', 'bee-queue'];
    const costs = new Map<ContenderName, Cost>();
    for (const name of names) {
      const [low, high] = [await measure(store, name, few), await measure(store, name, many)];
      const cost = {
        waiting: (high.waiting - low.waiting) / (many - few),
        done: (high.done - low.done) / (many - few),
      };
      say(`${TITLES[name]}: ${short(cost.waiting)} bytes waiting, ${short(cost.done)} done`);
      costs.set(name, cost);
    }
    // What so many payloads take more than so few.
    const payload = (meanBytes(many) * many - meanBytes(few) * few) / (many - few);
    const of = (name: ContenderName) => costs.get(name) as Cost;
    const peers = (pick: (cost: Cost) => number) =>
      names
        .slice(1)
        .map((name) => `${short(pick(of(name)))} ${TITLES[name]}`)
        .join(', ');
    const ours = of('ours');
    return {
      figures: [
        {
          figure: 'Redis memory for each waiting item',
          ours: `payload + ${short(ours.waiting - payload)} bytes`,
          peers: `payload + ${peers(({ waiting }) => waiting - payload)}`,
          ratio: `1/${short((of('bullmq').waiting - payload) / (ours.waiting - payload))}`,
          target: '≤ payload + 8 bytes',
          reached: ours.waiting <= payload + 8,
        },
        {
          figure: 'Redis memory for each done item',
          ours: `${short(ours.done)} bytes`,
          peers: peers(({ done }) => done),
          ratio: '',
          target: 'nothing',
          // A counter may have a digit more.
          reached: ours.done < 0.01,
        },
      ],
      details: [
        {
          title: 'Memory of Redis',
          head: ['', 'a waiting item', 'a done item'],
          rows: names.map((name) => [
            TITLES[name],
            `${short(of(name).waiting)} bytes`,
            `${short(of(name).done)} bytes`,
          ]),
          note: `Of ${short(many)} items beside ${short(few)}; a payload has ${short(payload)} bytes on average. BullMQ and bee-queue are told to remove what is done, which is not their default. What waits is the difference in used_memory, what is done the sum of MEMORY USAGE over all keys that are left.`,
        },
      ],
    };
  },
};

async function measure(store: Store, name: ContenderName, items: number): Promise<Cost> {
  await store.clear();
  const queue = 'bench';
  const empty = await store.memory();
  if (name === 'bullmq') await store.fillBullMQ(queue, items);
  else if (name === 'bee-queue') await store.fillBeeQueue(queue, items);
  else await store.fillList(queue, items, true);
  const waiting = (await store.memory()) - empty;
  const report = await new Contender(name, { redisUrl: store.url, queue, items, concurrency: 64 }).report();
  assertExact(name, [report], items);
  return { waiting, done: await store.memoryOfKeys() };
}
