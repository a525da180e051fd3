import { defineQueue } from '../../worker/definition';
import { SCRIPTS } from '../../worker/scripts';
import { type ItemsOptions, type QueueItem, WorkQueue } from '../../worker/work-queue';
import { queueUnderTest } from './queue-under-test';

const under = queueUnderTest();

async function items(options: ItemsOptions = {}, meanwhile?: (nth: number) => Promise<unknown>): Promise<QueueItem[]> {
  const queue = new WorkQueue(defineQueue({ name: 'job2' }), { url: under.server.url });
  const found: QueueItem[] = [];
  try {
    for await (const item of queue.items(options)) {
      found.push(item);
      await meanwhile?.(found.length);
    }
    return found;
  } finally {
    await queue.close();
  }
}
const payloads = (found: readonly QueueItem[]) => found.map(({ payload }) => String(payload));
const numbered = (n: number) => Array.from({ length: n }, (_, i) => `item ${i + 1}`);

/** One item runs aside, two are held, one is put off, one was given back, one is a suspect, and three were never claimed. */
async function everywhere(): Promise<void> {
  const { q } = under;
  await q.rpush(...numbered(9));
  const [one, two] = [await q.enter('one'), await q.enter('two', { maxAttempts: 2 })];
  await two.claim(1);
  await one.claim(5);
  await two.abandon({ crash: [1] });
  await one.exchange({
    advance: 3,
    outcomes: {
      keep: [[2, 0]],
      retry: [[3, 1, 5_000]],
      back: [[4, 2]],
    },
  });
}

test('those that run come first, then those that wait for another attempt, then those that nobody has claimed', async () => {
  await everywhere();
  const found = await items();
  expect(found.map(({ state }) => state)).toEqual([
    ...['running', 'running', 'running', 'retrying', 'retrying', 'retrying'],
    ...['waiting', 'waiting', 'waiting'],
  ]);
  const retrying = found.slice(3, 6).toSorted((a, b) => Number(a.id) - Number(b.id));
  expect([...found.slice(0, 3), ...retrying, ...found.slice(6, 7)]).toEqual([
    { id: 2, state: 'running', payload: Buffer.from('item 2'), worker: 'pod-one', attempts: 0, dueIn: undefined },
    { id: 5, state: 'running', payload: Buffer.from('item 5'), worker: 'pod-one', attempts: 0, dueIn: undefined },
    { id: 6, state: 'running', payload: Buffer.from('item 6'), worker: 'pod-one', attempts: 0, dueIn: undefined },
    { id: 1, state: 'retrying', payload: Buffer.from('item 1'), worker: undefined, attempts: 1, dueIn: 0 },
    { id: 3, state: 'retrying', payload: Buffer.from('item 3'), worker: undefined, attempts: 1, dueIn: 5_000 },
    { id: 4, state: 'retrying', payload: Buffer.from('item 4'), worker: undefined, attempts: 0, dueIn: 0 },
    {
      id: undefined,
      state: 'waiting',
      payload: Buffer.from('item 7'),
      worker: undefined,
      attempts: 0,
      dueIn: undefined,
    },
  ]);
});

test('a state, a text in the payload, and a limit choose among them', async () => {
  await everywhere();
  expect(payloads(await items({ state: 'running' }))).toEqual(['item 2', 'item 5', 'item 6']);
  expect(payloads(await items({ state: 'retrying' })).sort()).toEqual(['item 1', 'item 3', 'item 4']);
  expect(payloads(await items({ state: 'waiting', limit: 2 }))).toEqual(['item 7', 'item 8']);
  expect(payloads(await items({ limit: 3 }))).toEqual(['item 2', 'item 5', 'item 6']);
  expect(payloads(await items({ search: 'em 6' }))).toEqual(['item 6']);
  expect(payloads(await items({ search: 'm.8' }))).toEqual([]);
  expect(payloads(await items({ search: 'm 8' }))).toEqual(['item 8']);
});

test('all of many, each once, in the order in which they are handed out', async () => {
  const { q } = under;
  const all = numbered(5_000);
  await q.rpush(...all);
  expect(payloads(await items())).toEqual(all);
  const one = await q.enter('one');
  await one.claim(1_000);
  await one.claim(1_000);
  await one.exchange({ advance: 1_000, outcomes: { retry: all.slice(0, 1_000).map((_, i) => [i + 1, i, 1]) } });
  expect(payloads(await items({ state: 'running' }))).toEqual(all.slice(1_000, 2_000));
  expect(payloads(await items({ state: 'retrying' })).sort()).toEqual(all.slice(0, 1_000).sort());
  expect(payloads(await items({ state: 'waiting', search: '77' }))).toEqual(
    all.slice(2_000).filter((payload) => payload.includes('77')),
  );
});

test('what is claimed, done and pushed meanwhile makes it skip nothing that stays', async () => {
  const { q } = under;
  const all = numbered(4_000);
  await q.rpush(...all);
  const one = await q.enter('one');
  let claimed = 0;
  const found = await items({ state: 'waiting' }, async (nth) => {
    if (nth % 500 !== 0 || claimed >= 1_000) return;
    claimed += (await one.claim(200, { advance: claimed > 0 ? 200 : 0 })).length;
    await q.rpush(`late ${nth}`);
  });
  expect(claimed).toBe(1_000);
  const seen = payloads(found).filter((payload) => payload.startsWith('item'));
  const distinct = new Set(seen);
  expect(distinct.size).toBe(seen.length);
  expect(all.slice(1_000).filter((payload) => !distinct.has(payload))).toEqual([]);
  expect(payloads(found)).toContain('late 500');
});

test('another batch ends a look at the one before', async () => {
  const { q } = under;
  await q.fill('f', 'b', 0, numbered(30));
  await q.seal('b');
  const found = await items({ state: 'waiting' }, async (nth) => {
    if (nth !== 1) return;
    const one = await q.enter('one', { batch: 'b' });
    await one.claim(30);
    await one.exchange({ advance: 30, want: 1 });
    await q.fill('g', 'c', 0, ['another']);
  });
  expect(payloads(found)).not.toContain('another');
});

test('a call reads no more bytes at once than it should, whatever the sizes are', async () => {
  const { q } = under;
  const large = (n: number) => Buffer.alloc(100_000, `${n}`);
  await q.rpush(...Array.from({ length: 40 }, (_, i) => large(i)));
  const sizes: number[] = [];
  let from = '';
  for (let step = 1; ; step = Math.min(step * 16, 1)) {
    const [on, , , found] = (await q.run(SCRIPTS.items, '', 'waiting', from, 1_000, step, 524_288, '')) as [
      Buffer,
      number,
      Buffer,
      [Buffer, Buffer][],
    ];
    sizes.push(found.reduce((sum, [, payload]) => sum + payload.length, 0));
    from = String(on);
    if (from === '') break;
  }
  expect(Math.max(...sizes)).toBeLessThanOrEqual(600_000);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(4_000_000);
  expect((await items()).length).toBe(40);
});

test('the finalizer is no item', async () => {
  const { q } = under;
  await q.rpush('only');
  await q.seal();
  const one = await q.enter('one', { finally: 'always' });
  await one.claim(1);
  expect(await one.exchange({ advance: 1, want: 1 })).toMatchObject({ kind: 'work', more: { finalizer: true } });
  expect(await items()).toEqual([]);
  await one.exchange({ advance: 1, outcomes: { retry: [[2, 1, 1_000]] } });
  expect(await items()).toEqual([]);
});

test('bytes that are no text are looked through like any others', async () => {
  await under.q.rpush(Buffer.from([0xff, 0, 0x61]), Buffer.from('林檎'));
  expect((await items({ search: 'a' })).map(({ payload }) => [...payload])).toEqual([[0xff, 0, 0x61]]);
  expect(payloads(await items({ search: '檎' }))).toEqual(['林檎']);
});

test.each([
  [{ state: 'dead' }, "state is \"dead\"; allowed are 'waiting', 'running' and 'retrying', or leave it out"],
  [{ limit: 0 }, 'limit is 0; allowed are whole numbers from 1 on'],
  [{ limit: 1.5 }, 'limit is 1.5; allowed'],
  [{ search: 7 }, 'search is 7; allowed is text that a payload holds'],
  [{ serach: 'x' }, 'serach'],
])('%j is refused', async (options, message) => {
  await expect(items(options as ItemsOptions)).rejects.toThrow(message);
});
