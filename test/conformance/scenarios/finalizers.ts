import { EXIT } from 'cdk8s-redis-work-queue/worker';
import { QUICK, type Scenario, scenario, text } from '../scenario';

/** What runs once all items have ended. */
export const FINALIZERS: readonly Scenario[] = [
  scenario({
    name: 'runs a finalizer once, after the last item, with all results',
    queue: text('final'),
    needs: ['finally'],
    items: ['a', 'b', 'c'],
    concurrency: 3,
    backoff: QUICK,
    results: true,
    handler:
      ({ note, sleep }) =>
      async (item, { attempt }) => {
        if (item === 'b' && attempt === 1) throw new Error('again');
        await sleep(20);
        note(item);
        return item.toUpperCase();
      },
    finally:
      ({ note }) =>
      async ({ counts: { claimed, done, dead }, results, signal, attempt, token }) => {
        const all: unknown[] = [];
        for await (const { item, result } of results) all.push(`${item}${result}`);
        note(`${all.sort()} ${claimed} ${done} ${dead} ${attempt} ${signal.aborted} ${typeof token}`);
      },
    check: (seen) => {
      expect(seen.notes.slice(-1)).toEqual(['aA,bB,cC 3 3 0 1 false string']);
      expect(seen.notes).toHaveLength(4);
      expect(seen).toMatchObject({ done: 3, left: 0, exitCodes: [EXIT.drained] });
      expect(seen.starts).toHaveLength(4);
      expect(seen.results).toHaveLength(3);
    },
  }),
  scenario({
    name: 'gives a finalizer that fails another attempt, and is not drained before it has not',
    queue: text('final-again'),
    needs: ['finally'],
    items: ['a'],
    backoff: QUICK,
    handler: () => () => {},
    finally:
      ({ note }) =>
      ({ attempt }) => {
        note(`attempt ${attempt}`);
        if (attempt < 3) throw new Error('not yet');
      },
    check: (seen) => {
      expect(seen.notes).toEqual(['attempt 1', 'attempt 2', 'attempt 3']);
      expect(seen).toMatchObject({ done: 1, dead: [], exitCodes: [EXIT.drained] });
    },
  }),
  scenario({
    name: 'ends with 80 where a finalizer is a dead letter, whatever is tolerated of items',
    queue: text('final-dead'),
    needs: ['finally'],
    items: ['a'],
    maxAttempts: 2,
    backoff: QUICK,
    tolerateDeadLetters: true,
    handler: () => () => {},
    finally: () => () => {
      throw new Error('no');
    },
    check: (seen) => {
      expect(seen.dead).toMatchObject([{ id: 2, attempts: 2, reason: 'handler', error: 'Error: no', payload: '' }]);
      expect(seen).toMatchObject({ done: 1, left: 0, exitCodes: [EXIT.deadLetters] });
    },
  }),
  scenario({
    name: 'runs no finalizer where an item is a dead letter',
    queue: text('final-not'),
    needs: ['finally'],
    items: ['good', 'bad'],
    maxAttempts: 1,
    handler: () => (item) => {
      if (item === 'bad') throw new Error('no');
    },
    finally:
      ({ note }) =>
      () =>
        note('final'),
    check: (seen) => {
      expect(seen.notes).toEqual([]);
      expect(seen).toMatchObject({ done: 1, left: 0, exitCodes: [EXIT.deadLetters] });
    },
  }),
  ...(['always', 'tolerated'] as const).map((how) =>
    scenario({
      name: `runs a finalizer beside dead letters that are ${how === 'always' ? 'not to keep it from running' : 'tolerated'}`,
      queue: text(`final-${how}`),
      needs: ['finally'],
      items: ['good', 'bad'],
      maxAttempts: 1,
      ...(how === 'always' ? { when: 'always' } : { tolerateDeadLetters: true }),
      handler: () => (item) => {
        if (item === 'bad') throw new Error('no');
      },
      finally:
        ({ note }) =>
        async ({ counts, deadLetters }) => {
          for await (const { item, error } of deadLetters) note(`${item}: ${error}`);
          note(`${counts.done} done, ${counts.dead} dead`);
        },
      check: (seen) => {
        expect(seen.notes).toEqual(['bad: Error: no', '1 done, 1 dead']);
        expect(seen).toMatchObject({ left: 0, exitCodes: [how === 'always' ? EXIT.deadLetters : EXIT.drained] });
      },
    }),
  ),
  scenario({
    name: 'goes on with a finalizer whose process crashed, and with one that was told to stop',
    queue: text('final-crash'),
    needs: ['finally'],
    items: ['a'],
    grace: 4_000,
    handler: () => () => {},
    finally:
      ({ run, note, crash, terminate }) =>
      async ({ attempt, signal }) => {
        note(`run ${run}, attempt ${attempt}`);
        if (attempt === 1) await crash();
        if (run > 1) return;
        const aborted = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        await terminate();
        await aborted;
      },
    check: (seen) => {
      expect(seen.notes).toEqual(['run 1, attempt 1', 'run 1, attempt 2', 'run 2, attempt 2']);
      expect(seen).toMatchObject({ done: 1, left: 0, exitCodes: [1, EXIT.terminated, EXIT.drained] });
    },
  }),
];
