import { crowd } from '../crowd';
import { itemsOf, LETTERS, QUICK, type Scenario, scenario, text } from '../scenario';

/** What is handed out, in which order, and how much at once. */
export const DELIVERY: readonly Scenario[] = [
  scenario({
    name: 'hands out items in the order in which they were filled in, each once',
    queue: text('order'),
    items: LETTERS,
    handler: () => () => {},
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(LETTERS);
      expect(seen).toMatchObject({ done: 5, left: 0, dead: [], results: [], exitCodes: [0] });
    },
  }),
  scenario({
    name: 'numbers items from 1 on, and attempts from 1 on',
    queue: text('numbers'),
    items: LETTERS,
    handler: () => async () => {},
    check: ({ starts }) => {
      expect(starts.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
      expect(starts.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1]);
    },
  }),
  scenario({
    name: 'keeps equal payloads apart',
    queue: text('equal'),
    items: ['same', 'same', 'same'],
    maxAttempts: 1,
    handler:
      () =>
      (_, { id }) => {
        if (id === 2) throw new Error('this one');
      },
    check: (seen) => {
      expect(seen.starts.map(({ id }) => id)).toEqual([1, 2, 3]);
      expect(seen).toMatchObject({ done: 2, dead: [{ id: 2, attempts: 1 }] });
    },
  }),
  scenario({
    name: 'gives every delivery a greater token',
    queue: text('tokens'),
    items: LETTERS,
    backoff: QUICK,
    handler:
      () =>
      (item, { attempt }) => {
        if (attempt < 2 && item !== 'a') throw new Error('again');
      },
    check: ({ starts }) => {
      const tokens = starts.map(({ token }) => token);
      expect(tokens).toHaveLength(9);
      expect(new Set(tokens).size).toBe(9);
      expect([...tokens].sort()).toEqual(tokens);
    },
  }),
  scenario({
    name: 'runs as many items at once as it was told, and no more',
    queue: text('crowd'),
    items: ['1', '2', '3', '4', '5', '6', '7'],
    concurrency: 3,
    handler: (stage) => {
      const all = crowd(stage);
      let started = 0;
      let meet: () => void;
      const met = new Promise<void>((resolve) => {
        meet = resolve;
      });
      // Until the thread that keeps the lease is there, a worker takes one item after the other.
      return (_, context) =>
        all.in(context, async () => {
          if (++started === 3) meet();
          await met;
          await stage.sleep(60);
        });
    },
    check: ({ notes }) => {
      expect(notes.slice(0, 3)).toEqual(['1 at once', '2 at once', '3 at once']);
      expect(notes).not.toContain('4 at once');
    },
  }),
  scenario({
    name: 'runs one item at a time by default',
    queue: text('alone'),
    items: ['1', '2', '3'],
    handler: (stage) => {
      const all = crowd(stage);
      return (_, context) => all.in(context, () => stage.sleep(5));
    },
    check: ({ notes }) => expect(notes).toEqual(['1 at once', '1 at once', '1 at once']),
  }),
];
