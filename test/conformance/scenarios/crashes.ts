import { crowd } from '../crowd';
import { attemptsOf, itemsOf, type Scenario, scenario, text } from '../scenario';

/** What follows when the process dies. */
export const CRASHES: readonly Scenario[] = [
  scenario({
    name: 'goes on after a crash with the next attempt',
    queue: text('crash'),
    items: ['a', 'fatal', 'b'],
    handler:
      (stage) =>
      async (item, { attempt }) => {
        if (item === 'fatal' && attempt === 1) await stage.crash();
      },
    check: (seen) => {
      expect(attemptsOf(seen, 'fatal')).toEqual([1, 2]);
      expect(itemsOf(seen)).toEqual(['a', 'fatal', 'fatal', 'b']);
      expect(seen).toMatchObject({ done: 3, dead: [], exitCodes: [1, 0] });
    },
  }),
  scenario({
    name: 'convicts an item that crashes its worker in every attempt, and no neighbour',
    queue: text('poison'),
    items: ['1', '2', 'poison', '3', '4', '5'],
    concurrency: 3,
    maxAttempts: 3,
    handler: (stage) => {
      const all = crowd(stage);
      return (item, context) =>
        all.in(context, () => {
          if (item !== 'poison') return stage.sleep(30);
          if (context.attempt === 3) stage.note('last attempt of the poison');
          return all.crash();
        });
    },
    check: (seen) => {
      expect(attemptsOf(seen, 'poison')).toEqual([1, 2, 3]);
      expect(seen.dead).toMatchObject([{ id: 3, reason: 'crash', attempts: 3 }]);
      expect(seen.dead[0]?.error).toBe('its worker crashed 3 times, the last time while it ran alone');
      const crashed = { error: 'its worker crashed', duration: undefined };
      expect(seen.dead[0]?.history).toMatchObject([
        { attempt: 1, ...crashed },
        { attempt: 2, ...crashed },
      ]);
      expect(seen.notes[seen.notes.indexOf('last attempt of the poison') - 1]).toBe('1 at once');
      expect(seen).toMatchObject({ done: 5, left: 0, exitCodes: [1, 1, 1, 80] });
    },
  }),
];
