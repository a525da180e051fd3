import { defineQueue } from 'cdk8s-redis-work-queue/worker';
import { itemsOf, QUICK, type Scenario, scenario, text } from '../scenario';

/** What items add to their queue. */
export const FOLLOW_UPS: readonly Scenario[] = [
  scenario({
    name: 'adds what items add, and is drained when that is done as well',
    queue: text('add'),
    items: ['1'],
    concurrency: 3,
    results: true,
    handler:
      () =>
      (item, { add }) => {
        if (item.length < 3) add([`${item}1`, `${item}2`]);
        if (item === '1') add(['xyz']);
        return item;
      },
    check: (seen) => {
      const all = ['1', '11', '12', 'xyz', '111', '112', '121', '122'];
      expect(seen.results.map(({ result }) => result).sort()).toEqual([...all].sort());
      expect(seen.starts).toHaveLength(all.length);
      expect(seen).toMatchObject({ done: all.length, left: 0, dead: [], exitCodes: [0] });
    },
  }),
  scenario({
    name: 'adds nothing of an attempt that fails, that is put back, or whose process dies',
    queue: text('add-fails'),
    items: ['fails', 'dead', 'crash'],
    backoff: QUICK,
    maxAttempts: 2,
    tolerateDeadLetters: true,
    handler:
      (stage) =>
      async (item, { add, attempt }) => {
        if (item.startsWith('child')) return;
        add([`child ${item} ${attempt}`]);
        if (item === 'dead' || (item === 'fails' && attempt === 1)) throw new Error('no');
        if (item === 'crash' && attempt === 1) await stage.crash();
      },
    check: (seen) => {
      const children = itemsOf(seen).filter((item) => `${item}`.startsWith('child'));
      expect([...children].sort()).toEqual(['child crash 2', 'child fails 2']);
      expect(seen).toMatchObject({ done: 4, left: 0, dead: [{ item: 'dead' }] });
    },
  }),
  scenario({
    name: 'puts what belongs to the front before what waits, in order',
    queue: text('add-front'),
    items: ['a', 'b'],
    handler:
      () =>
      (item, { add }) => {
        if (item !== 'a') return;
        add(['last']);
        add(['1', '2'], { front: true });
      },
    check: (seen) => {
      // The second one may be in hand by then.
      const order = itemsOf(seen).filter((item) => item !== 'b');
      expect(order).toEqual(['a', '1', '2', 'last']);
      expect(itemsOf(seen).at(-1)).toBe('last');
      expect(seen.done).toBe(5);
    },
  }),
  scenario({
    name: 'lets an item with a key into the queue once, whoever adds it',
    queue: text('add-keys'),
    items: ['a', 'b'],
    handler:
      () =>
      (item, { add }) => {
        if (item.length === 1) add(['same', `${item} own`, 'same'], { key: (each) => each });
      },
    check: (seen) => {
      expect([...itemsOf(seen)].sort()).toEqual(['a', 'a own', 'b', 'b own', 'same']);
      expect(seen).toMatchObject({ done: 5, left: 0 });
    },
  }),
  scenario({
    name: 'takes any text for the key of one item',
    queue: text('add-given-key'),
    needs: ['given keys'],
    items: ['a'],
    handler:
      () =>
      (item, { add }) => {
        if (item === 'a') add(['other'], { key: 'same' });
        if (item === 'other') add(['same again'], { key: 'same' });
      },
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(['a', 'other']);
      expect(seen).toMatchObject({ done: 2, left: 0 });
    },
  }),
  scenario({
    name: 'tells the handler what it cannot add: all of a call, or nothing',
    queue: text('add-refused'),
    needs: ['values'],
    items: ['a'],
    handler:
      (stage) =>
      (item, { add }) => {
        if (item !== 'a') return;
        const attempt = (what: () => void) => {
          try {
            what();
          } catch (error) {
            stage.note(`${(error as Error).name}: ${(error as Error).message}`);
          }
        };
        attempt(() => add(['fine', '\ud800']));
        attempt(() => add(Array<string>(1_001).fill('x')));
        attempt(() => add(['x'.repeat(524_289)]));
        attempt(() => add('text' as never));
        attempt(() => add(['p', 'q'], { key: 'k' }));
        attempt(() => add(['p'], { key: () => 7 as never }));
        attempt(() => add(['p'], { first: true } as never));
        add(['good']);
      },
    check: (seen) => {
      expect(seen.notes).toEqual([
        expect.stringMatching(
          /^InvalidItemError: item 1 that is added to the queue add-refused: .* half of a surrogate/,
        ),
        expect.stringContaining('RangeError: one item adds more than 1000 items'),
        expect.stringContaining('RangeError: what one item adds is more than 524288 bytes'),
        expect.stringContaining('TypeError: add was given'),
        expect.stringContaining('TypeError: add was given one key for several items'),
        expect.stringContaining('TypeError: the key of an item is'),
        expect.stringContaining('first'),
      ]);
      expect(itemsOf(seen)).toEqual(['a', 'good']);
    },
  }),
  scenario({
    name: 'adds bytes as they are when the handler adds them',
    queue: defineQueue({ name: 'add-bytes', payload: 'bytes' }),
    needs: ['bytes added'],
    items: [Uint8Array.of(1)],
    handler:
      () =>
      (item, { add }) => {
        if (item.length > 1) return;
        const bytes = Uint8Array.of(0xff, 0x0a, 0x00);
        add([bytes]);
        bytes.fill(7);
      },
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(['01', 'ff0a00']);
    },
  }),
];
