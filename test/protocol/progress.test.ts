import { defineQueue } from '../../worker/definition/define-queue';
import { WorkQueue } from '../../worker/work-queue/work-queue';
import type { WorkerDriver } from './queue-driver';
import { queueUnderTest, takenBackByAnother } from './queue-under-test';

// How far the handlers of items in hand are.

const under = queueUnderTest();

async function telling(): Promise<WorkerDriver> {
  const { q } = under;
  await q.rpush('a', 'b', 'c');
  await q.seal();
  const one = await q.enter('one');
  await one.claim(3);
  const progress = [
    [3, '0.25 page 1 of 4: né'],
    [1, '1 '],
  ];
  await one.exchange({ advance: 1, outcomes: { keep: [[1, 0]], progress } });
  return one;
}

test('is shown by status, worker by worker, in the order of the items', async () => {
  const { q, server } = under;
  await telling();
  await q.enter('two');
  const client = new WorkQueue(defineQueue({ name: 'job2' }), { url: server.url });
  const { workers } = await client.status();
  await client.close();
  expect(workers.map(({ session, progress }) => [session, progress])).toEqual([
    [
      'one',
      [
        { id: 1, fraction: 1, text: '' },
        { id: 3, fraction: 0.25, text: 'page 1 of 4: né' },
      ],
    ],
    ['two', []],
  ]);
});

const ENDS: Record<string, (one: WorkerDriver) => Promise<unknown>> = {
  'all attempts have ended': (one) =>
    one.exchange({ advance: 2, outcomes: { done: [1], retry: [[3, 2, 0]], progress: [[1], [3]] } }),
  'their worker leaves': (one) => one.leave(),
  'their worker ends out of turn': (one) => one.abandon({ crash: [1] }),
  'their worker dies': async () => {
    await takenBackByAnother(under.q);
  },
  'a number is missing': (one) => {
    one.prepare({});
    return one.exchange();
  },
  'its process has entered again': () => under.q.enter('again', { earlier: ['one'] }),
};

test.each(Object.keys(ENDS))('goes when %s', async (end) => {
  const one = await telling();
  expect(Object.keys((await under.q.state()).progress)).toEqual(['1', '3']);
  await ENDS[end]?.(one);
  expect((await under.q.state()).progress).toEqual({});
});

test('of a call that leaves is gone with it', async () => {
  const { q } = under;
  await q.rpush('a');
  const one = await q.enter('one');
  await one.claim(1);
  await one.exchange({ want: -1, outcomes: { progress: [[1, '0.5 ']] } });
  expect((await q.state()).progress).toEqual({});
});

test('of an item that is in the hands of another counts for nothing', async () => {
  const { q } = under;
  await q.rpush('a', 'b');
  const [one, two] = [await q.enter('one'), await q.enter('two')];
  await one.claim(1);
  await two.claim(1);
  expect(await one.exchange({ outcomes: { progress: [[2, '0.5 ']] } })).toEqual({ kind: 'stale' });
  expect((await q.state()).progress).toEqual({});
});
