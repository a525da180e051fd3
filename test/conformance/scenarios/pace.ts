import { RetryLater } from 'cdk8s-redis-work-queue/worker';
import { attemptsOf, itemsOf, LETTERS, QUICK, type Scenario, scenario, text } from '../scenario';

/** What handlers put off. */
export const PACE: readonly Scenario[] = [
  scenario({
    name: 'puts off what throws RetryLater, behind what is ready meanwhile, and charges nothing, however often',
    queue: text('later'),
    items: ['busy', 'a', 'b'],
    maxAttempts: 1,
    handler:
      (stage) =>
      async (item, { postponed }) => {
        if (item !== 'busy') return;
        stage.note(`${postponed}`);
        if (postponed < 4) throw new RetryLater(postponed === 0 ? 1_500 : 5);
      },
    check: (seen) => {
      expect(itemsOf(seen)).toEqual(['busy', 'a', 'b', 'busy', 'busy', 'busy', 'busy']);
      expect(attemptsOf(seen, 'busy')).toEqual([1, 1, 1, 1, 1]);
      expect(seen.notes).toEqual(['0', '1', '2', '3', '4']);
      expect(seen).toMatchObject({ done: 3, left: 0, dead: [], exitCodes: [0] });
    },
  }),
  scenario({
    name: 'counts failures and crashes beside what is put off',
    queue: text('later-and-failures'),
    items: ['busy'],
    maxAttempts: 4,
    backoff: QUICK,
    handler:
      (stage) =>
      async (_, { attempt, postponed }) => {
        stage.note(`${attempt} ${postponed}`);
        if (postponed === 0) throw new RetryLater(5);
        if (attempt === 1) throw new Error('no');
        if (postponed === 1) throw new RetryLater(5);
        if (attempt === 2) await stage.crash();
        if (postponed === 2) throw new RetryLater(5);
      },
    check: (seen) => {
      expect(seen.notes).toEqual(['1 0', '1 1', '2 1', '2 2', '3 2', '3 3']);
      expect(seen).toMatchObject({ done: 1, dead: [], exitCodes: [1, 0] });
    },
  }),
  scenario({
    name: 'lets what has to run alone be put off, runs others meanwhile, and convicts it when it crashes its worker all the same',
    queue: text('later-alone'),
    items: ['poison', 'a', 'b', 'c'],
    maxAttempts: 2,
    handler:
      (stage) =>
      async (item, { attempt, postponed }) => {
        stage.note(`${item} ${attempt} ${postponed}`);
        if (item !== 'poison') return;
        if (attempt === 2 && postponed < 2) throw new RetryLater(postponed === 0 ? 1_500 : 5);
        await stage.crash();
      },
    check: (seen) => {
      const others = ['a 1 0', 'b 1 0', 'c 1 0'];
      expect(seen.notes).toEqual(['poison 1 0', 'poison 2 0', ...others, 'poison 2 1', 'poison 2 2']);
      expect(seen.dead).toMatchObject([{ id: 1, reason: 'crash', attempts: 2 }]);
      expect(seen).toMatchObject({ done: 3, left: 0, exitCodes: [1, 1, 80] });
    },
  }),
  scenario({
    name: 'takes a time that is none for a failure of the attempt',
    queue: text('later-never'),
    needs: ['values'],
    items: ['a'],
    maxAttempts: 1,
    handler: () => async () => {
      throw new RetryLater(Number.NaN);
    },
    check: ({ dead }) =>
      expect(dead.map(({ error }) => error)).toEqual([
        'RangeError: RetryLater was given NaN; allowed are ms from 0 to 31536000000, which is 365 days',
      ]),
  }),
  scenario({
    name: 'puts off what throws RetryLater once SIGTERM has aborted it',
    queue: text('later-sigterm'),
    items: ['a'],
    grace: 3_000,
    maxAttempts: 1,
    handler:
      (stage) =>
      async (_, { signal, postponed }) => {
        stage.note(`${postponed}`);
        if (stage.run > 1) return;
        await stage.terminate();
        await stage.sleep(60_000, undefined, { signal }).catch(() => {});
        throw new RetryLater(5);
      },
    check: (seen) => {
      expect(seen.notes).toEqual(['0', '1']);
      expect(seen).toMatchObject({ done: 1, dead: [], exitCodes: [143, 0] });
    },
  }),
  scenario({
    name: 'hands out nothing for as long as a handler asks by slowDown, and lets go on what runs',
    queue: text('slow'),
    items: ['a', 'b', 'c', 'd', 'e', 'f'],
    concurrency: 2,
    handler: (stage) => {
      let slowUntil = 0;
      let another: () => void;
      const anotherRuns = new Promise<void>((resolve) => {
        another = resolve;
      });
      return async (item, { slowDown }) => {
        if (item === 'a') {
          slowUntil = stage.now() + 1_000;
          slowDown(1_000);
          slowDown(20);
        }
        if (['a', 'b'].includes(item)) {
          // Takes the place of the first, so that this is done once the queue has been told.
          if (item === 'b') await anotherRuns;
        } else {
          another();
          stage.note(stage.now() >= slowUntil ? 'in time' : 'too early');
        }
        await stage.sleep(100);
      };
    },
    check: (seen) => {
      expect([...itemsOf(seen)].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
      expect(seen.notes).toEqual(['in time', 'in time', 'in time', 'in time']);
      expect(seen.starts.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1]);
      expect(seen).toMatchObject({ done: 6, left: 0, exitCodes: [0] });
    },
  }),
  scenario({
    name: 'ends at once where a handler slows down over the last item, and takes no time that is none',
    queue: text('slow-last'),
    needs: ['values'],
    items: ['a'],
    maxAttempts: 1,
    handler:
      () =>
      async (_, { slowDown }) => {
        slowDown(3_600_000);
        slowDown(-1);
      },
    check: ({ dead }) =>
      expect(dead.map(({ error }) => error)).toEqual([
        'RangeError: slowDown was given -1; allowed are ms from 0 to 31536000000, which is 365 days',
      ]),
  }),
  scenario({
    name: 'starts no more items than its rate allows, tries included, and goes on by the clock',
    queue: text('rate'),
    items: LETTERS,
    concurrency: 5,
    rate: { items: 10, per: 3_000 },
    backoff: QUICK,
    handler: (stage) => {
      const starts: number[] = [];
      return async (item, { attempt }) => {
        starts.push(stage.now());
        if (item === 'b' && attempt === 1) throw new Error('no');
        // One may start at once, and each further one is 300 ms later; a clock in ms is up to one behind.
        const first = stage.since ?? (starts[0] as number);
        if (starts.length === 6) stage.note(stage.now() - first >= 1_494 ? 'in time' : 'too early');
      };
    },
    check: (seen) => {
      expect(seen.starts).toHaveLength(6);
      expect(seen).toMatchObject({ notes: ['in time'], done: 5, left: 0, dead: [], exitCodes: [0] });
    },
  }),
];
