import { QUICK, type Scenario, scenario, text } from '../scenario';

/** What is kept of what a handler returns. */
export const RESULTS: readonly Scenario[] = [
  scenario({
    name: 'takes a thenable for a promise, and its first answer for the answer',
    queue: text('thenable'),
    needs: ['values'],
    items: ['twice', 'fails'],
    maxAttempts: 1,
    results: true,
    handler: () => (item) => ({
      // biome-ignore lint/suspicious/noThenProperty: this is what is tested
      then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
        if (item === 'twice') for (const value of ['first', 'second']) resolve(value);
        else reject(new Error('no'));
      },
    }),
    check: (seen) => {
      expect(seen.results).toEqual([{ id: 1, result: 'first' }]);
      expect(seen).toMatchObject({ done: 1, dead: [{ id: 2, error: 'Error: no' }] });
    },
  }),
  scenario({
    name: 'keeps results as JSON',
    queue: text('results'),
    items: ['object', 'date', 'text'],
    results: true,
    handler: () => async (item) => {
      const results = {
        object: { width: 1, none: undefined },
        date: new Date(0),
        text: 'line\nline',
      };
      return results[item as keyof typeof results];
    },
    check: (seen) =>
      expect(seen.results).toEqual([
        { id: 1, result: { width: 1 } },
        { id: 2, result: '1970-01-01T00:00:00.000Z' },
        { id: 3, result: 'line\nline' },
      ]),
  }),
  scenario({
    name: 'keeps null as the result of a handler that returns nothing',
    queue: text('result-of-nothing'),
    needs: ['null results'],
    items: ['a'],
    results: true,
    handler: () => async () => {},
    check: (seen) => expect(seen.results).toEqual([{ id: 1, result: null }]),
  }),
  scenario({
    name: 'takes a result that has no JSON for a failure, where results are kept',
    queue: text('no-json'),
    needs: ['values'],
    items: ['function', 'bigint', 'cycle', 'fine'],
    maxAttempts: 1,
    results: true,
    handler: () => (item) => {
      const cycle: { self?: unknown } = {};
      cycle.self = cycle;
      return { function: () => {}, bigint: 1n, cycle, fine: 1 }[item];
    },
    check: (seen) => {
      expect(seen.results).toEqual([{ id: 4, result: 1 }]);
      expect(seen.dead.map(({ error }) => error)).toEqual([
        'TypeError: the result cannot be written as JSON: it is a function',
        expect.stringContaining('the result cannot be written as JSON: TypeError'),
        expect.stringContaining('the result cannot be written as JSON: TypeError'),
      ]);
    },
  }),
  scenario({
    name: 'keeps no result of what failed',
    queue: text('late-result'),
    items: ['a'],
    backoff: QUICK,
    results: true,
    handler:
      () =>
      async (_, { attempt }) => {
        if (attempt === 1) throw new Error('again');
        return attempt;
      },
    check: ({ results }) => expect(results).toEqual([{ id: 1, result: 2 }]),
  }),
];
