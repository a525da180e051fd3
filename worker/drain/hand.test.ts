import { FollowUps } from '../attempt/follow-ups';
import type { Claimed, Incarnation } from '../redis/incarnation';
import { Hand, type Lane, newLane } from './hand';

const ROOM = 1_024;
const LONG = 1_000_000;
const FAILED = { attempt: 1, at: 0, error: 'no' };

function handOf(...claims: Partial<Claimed>[]): Hand {
  const hand = new Hand({ id: 'i' } as Incarnation, ROOM);
  for (const claim of claims) {
    const first = hand.end;
    const payloads = claim.payloads ?? [];
    const segments = claim.segments ?? [[first + 1, payloads.length] as const];
    hand.adopt({
      kind: 'work',
      first,
      segments,
      charges: undefined,
      alone: false,
      token: 100,
      name: 0,
      more: {},
      ...claim,
      payloads,
    });
  }
  return hand;
}

/** What settling tells, as the script reads it. */
function settle(
  hand: Hand,
  now = 0,
): { advance: number; told: Record<string, unknown[]>; results?: string | undefined } {
  const { advance, outcomes } = hand.settle(now);
  const [json = '', results] = outcomes.toString().split('\n');
  return { advance, told: json === '' ? {} : JSON.parse(json), ...(results !== undefined && { results }) };
}

describe('taking', () => {
  test('goes in the order of the claim, with ids from its segments', () => {
    const segments = [[7, 1] as const, [20, 2] as const];
    const hand = handOf({ payloads: ['a', 'b', 'c'], segments });
    const taken = [0, 1, 2].map(() => hand.take(newLane(0)));
    expect(taken.map(({ payload, id }) => [payload, id])).toEqual([
      ['a', 7],
      ['b', 20],
      ['c', 21],
    ]);
    expect(taken.map(({ token }) => token)).toEqual([101, 102, 103]);
    expect(hand.ready).toBe(0);
  });

  test('goes from one claim to the next', () => {
    const hand = handOf({ payloads: ['a'] }, { payloads: ['b', 'c'], token: 500 });
    expect([0, 1, 2].map(() => hand.take(newLane(0)).payload)).toEqual(['a', 'b', 'c']);
    expect(hand.next).toBe(3);
  });

  test('counts attempts from what is charged', () => {
    const hand = handOf({ payloads: ['a', 'b'], charges: new Map([[1, { attempts: 2, crashes: 1, later: 0 }]]) });
    expect([hand.take(newLane(0)).attempt, hand.take(newLane(0)).attempt]).toEqual([1, 3]);
  });

  test('ends where the rest was given back', () => {
    const hand = handOf({ payloads: ['a', 'b', 'c'] });
    hand.take(newLane(0));
    hand.dropReady();
    expect([hand.ready, hand.end]).toEqual([0, 1]);
    hand.adopt({
      kind: 'work',
      first: 1,
      segments: [[9, 1]],
      charges: undefined,
      alone: false,
      token: 0,
      name: 0,
      more: {},
      payloads: ['d'],
    });
    expect(hand.take(newLane(0)).id).toBe(9);
  });

  test('is full before it would run into what is not settled', () => {
    const hand = handOf({ payloads: Array.from({ length: ROOM + 1 }, String) });
    for (let i = 0; i < ROOM; i++) {
      expect(hand.full).toBe(false);
      const one = newLane(0);
      hand.take(one);
      if (i > 0) hand.finish(one);
    }
    expect(hand.full).toBe(true);
  });
});

describe('settling', () => {
  function running(count: number, claim: Partial<Claimed> = {}): { hand: Hand; lanes: Lane[] } {
    const hand = handOf({ payloads: Array.from({ length: count }, String), ...claim });
    const lanes = Array.from({ length: count }, (_, index) => newLane(index));
    for (const each of lanes) hand.take(each);
    return { hand, lanes };
  }

  test('cuts off what is done, in order and once', () => {
    const { hand, lanes } = running(3);
    hand.finish(lanes[0]!);
    hand.finish(lanes[1]!);
    expect(settle(hand)).toEqual({ advance: 2, told: {} });
    expect(hand.unsettled).toBe(false);
    expect(settle(hand)).toEqual({ advance: 0, told: {} });
    hand.finish(lanes[2]!);
    expect(settle(hand)).toEqual({ advance: 1, told: {} });
  });

  test('waits for an item that has just been started', () => {
    const { hand, lanes } = running(2);
    hand.finish(lanes[1]!);
    expect(settle(hand)).toEqual({ advance: 0, told: {} });
    hand.finish(lanes[0]!);
    expect(settle(hand)).toEqual({ advance: 2, told: {} });
  });

  test('moves an item aside that outlasts its neighbours, and settles it later by its id', () => {
    const { hand, lanes } = running(3);
    hand.finish(lanes[1]!);
    hand.finish(lanes[2]!);
    expect(settle(hand, LONG)).toEqual({ advance: 3, told: { keep: [[1, 0]] } });
    hand.finish(lanes[0]!);
    expect(hand.unsettled).toBe(true);
    expect(settle(hand)).toEqual({ advance: 0, told: { done: [1] } });
    expect(hand.unsettled).toBe(false);
  });

  test('moves nothing aside where nothing waits behind it', () => {
    const { hand } = running(1);
    expect(settle(hand, LONG)).toEqual({ advance: 0, told: {} });
  });

  test('tells what did not end well, with its place', () => {
    const { hand, lanes } = running(4);
    const header = { reason: 'handler', attempts: 3, at: 0, error: 'no' } as const;
    hand.finish(lanes[0]!, { kind: 'retry', id: 1, delay: 50, error: 'no', place: '', failed: FAILED });
    hand.finish(lanes[1]!, { kind: 'dead', id: 2, header, place: '' });
    hand.finish(lanes[2]!, { kind: 'results', id: 3, json: '{"a":"é"}' });
    hand.finish(lanes[3]!, { kind: 'back', id: 4 });
    const dead = [[2, 1, JSON.stringify(header)]];
    const told = { retry: [[1, 0, 50, JSON.stringify(FAILED)]], dead, results: [[3, 2, 10]], back: [[4, 3]] };
    expect(settle(hand)).toEqual({ advance: 4, told, results: '{"a":"é"}' });
  });

  test('tells of what was moved aside without a place', () => {
    const { hand, lanes } = running(2);
    hand.finish(lanes[1]!);
    settle(hand, LONG);
    hand.finish(lanes[0]!, { kind: 'retry', id: 1, delay: 50, error: 'no', place: '', failed: FAILED });
    expect(settle(hand)).toEqual({ advance: 0, told: { retry: [[1, -1, 50, JSON.stringify(FAILED)]] } });
  });

  describe('within the budget of one exchange', () => {
    const MEBIBYTE = 1_048_576;
    const result = (id: number, bytes: number) => ({ kind: 'results', id, json: 'x'.repeat(bytes) }) as const;

    /** What one exchange after the other tells, until nothing is left. */
    function inTurns(hand: Hand, now = 0): { advance: number; told: Record<string, unknown[]>; behind: boolean }[] {
      const turns = [];
      do {
        const { advance, told } = settle(hand, now);
        turns.push({ advance, told, behind: hand.behind });
      } while (hand.behind);
      return turns;
    }

    test('results beyond it wait for the next one, and one alone may be of any size', () => {
      const { hand, lanes } = running(4);
      const sizes = [5 * MEBIBYTE, MEBIBYTE / 2, MEBIBYTE / 4, 5 * MEBIBYTE];
      for (const [i, size] of sizes.entries()) hand.finish(lanes[i]!, result(i + 1, size));
      expect(inTurns(hand)).toEqual([
        {
          advance: 3,
          told: {
            results: [
              [1, 0, 5 * MEBIBYTE],
              [2, 1, MEBIBYTE / 2],
              [3, 2, MEBIBYTE / 4],
            ],
          },
          behind: true,
        },
        { advance: 1, told: { results: [[4, 3, 5 * MEBIBYTE]] }, behind: false },
      ]);
      expect(hand.unsettled).toBe(false);
    });

    test.each(['done', 'failed'])('payloads count as well: %s', (how) => {
      const { hand, lanes } = running(3, { payloads: Array.from({ length: 3 }, () => 'x'.repeat(MEBIBYTE)) });
      const outcome = (id: number) => ({ kind: 'retry', id, delay: 0, error: '', place: '', failed: FAILED }) as const;
      for (const [i, lane] of lanes.entries()) hand.finish(lane, how === 'failed' ? outcome(i + 1) : undefined);
      expect(inTurns(hand).map(({ advance }) => advance)).toEqual([2, 1]);
    });

    test('so does what is moved aside, and what ended there', () => {
      const payloads = Array.from({ length: 4 }, () => 'x'.repeat(MEBIBYTE));
      const { hand, lanes } = running(4, { payloads });
      hand.finish(lanes[3]!);
      expect(inTurns(hand, LONG).map(({ told }) => told)).toEqual([
        {
          keep: [
            [1, 0],
            [2, 1],
          ],
        },
        { keep: [[3, 2]] },
      ]);
      for (const lane of lanes.slice(0, 3)) hand.finish(lane);
      expect(inTurns(hand).map(({ told }) => told)).toEqual([{ done: [1, 2] }, { done: [3] }]);
    });

    test('so many outcomes that Redis is not held up', () => {
      const { hand, lanes } = running(1_001);
      for (const [i, lane] of lanes.entries()) hand.finish(lane, { kind: 'back', id: i + 1 });
      expect(inTurns(hand).map(({ advance }) => advance)).toEqual([1_000, 1]);
    });

    test('nothing more is started while results of many mebibytes wait to be told', () => {
      const { hand, lanes } = running(9);
      for (const [i, lane] of lanes.entries()) {
        expect(hand.full).toBe(false);
        hand.finish(lane, result(i + 1, MEBIBYTE));
      }
      expect(hand.full).toBe(true);
      inTurns(hand);
      expect(hand.full).toBe(false);
    });

    test('an item before them that runs is moved aside at once', () => {
      const { hand, lanes } = running(2);
      hand.finish(lanes[1]!, result(2, 9 * MEBIBYTE));
      expect(settle(hand).told).toEqual({ keep: [[1, 0]] });
      expect(settle(hand).told).toEqual({ results: [[2, 1, 9 * MEBIBYTE]] });
    });

    test('what is left of charged items is forgotten with them', () => {
      const charges = new Map([0, 1].map((place) => [place, { attempts: 1, crashes: 0, later: 0 }]));
      const payloads = ['x'.repeat(MEBIBYTE), 'x'.repeat(MEBIBYTE + 1)];
      const { hand, lanes } = running(2, { charges, payloads });
      for (const lane of lanes) hand.finish(lane);
      expect(inTurns(hand).map(({ told }) => told)).toEqual([{ forget: [1] }, { forget: [2] }]);
    });
  });

  describe('of what items add', () => {
    const adding = (...items: string[]) => {
      const added = new FollowUps({ name: 'queue', payload: 'text', encode: (item) => item });
      added.add(items);
      return added;
    };

    test('names the parent, and tells the items after the results and before the checkpoints', () => {
      const { hand, lanes } = running(3);
      hand.notes.leave(3, '"c"');
      hand.finish(lanes[0]!, { kind: 'results', id: 1, json: '7' }, adding('é', 'b'));
      hand.finish(lanes[1]!, undefined, adding('x'));
      expect(settle(hand, LONG)).toEqual({
        advance: 2,
        told: {
          results: [[1, 0, 1]],
          add: [
            [
              1,
              0,
              [
                [0, 2, 0],
                [0, 1, 0],
              ],
            ],
            [2, 1, [[0, 1, 0]]],
          ],
          checkpoint: [[3, 3]],
        },
        results: '7ébx"c"',
      });
    });

    test('what Redis has no room for is told again, as moved aside, once it is asked for', () => {
      const { hand, lanes } = running(2, { charges: new Map([[0, { attempts: 1, crashes: 0, later: 0 }]]) });
      hand.finish(lanes[0]!, undefined, adding('a'));
      hand.finish(lanes[1]!);
      const first = settle(hand);
      expect(first).toMatchObject({ advance: 2, told: { add: [[1, 0, [[0, 1, 0]]]], forget: [1] } });
      expect(hand.refuse()).toHaveLength(1);
      expect([hand.unsettled, settle(hand)]).toEqual([false, { advance: 0, told: {} }]);
      hand.tellRefused();
      expect(hand.unsettled).toBe(true);
      expect(settle(hand)).toEqual({
        advance: 0,
        told: { add: [[1, -1, [[0, 1, 0]]]], forget: [1] },
        results: 'a',
      });
      expect([hand.adds, settle(hand), hand.adds]).toEqual([true, { advance: 0, told: {} }, false]);
    });

    test('whoever leaves tells it once more', () => {
      const { hand, lanes } = running(1);
      hand.finish(lanes[0]!, undefined, adding('a'));
      settle(hand);
      hand.refuse();
      expect(JSON.parse(hand.settle(0, true).outcomes.toString().split('\n')[0]!)).toMatchObject({
        add: [[1, -1, [[0, 1, 0]]]],
      });
    });

    test('keeps to the budget, of items and of bytes', () => {
      const { hand, lanes } = running(4);
      for (const lane of lanes) hand.finish(lane, undefined, adding(...Array<string>(400).fill('x')));
      expect([0, 1].map(() => settle(hand).told.add?.length)).toEqual([2, 2]);
      const large = running(3);
      for (const lane of large.lanes) large.hand.finish(lane, undefined, adding('x'.repeat(300_000)));
      expect([0, 1].map(() => settle(large.hand).told.add?.length)).toEqual([2, 1]);
    });
  });

  describe('of what items leave for their next attempts', () => {
    const retry = (id: number) => ({ kind: 'retry', id, delay: 0, error: '', place: '', failed: FAILED }) as const;

    test('tells that of running items, after the results', () => {
      const { hand, lanes } = running(2);
      hand.notes.leave(1, '"é"');
      hand.finish(lanes[1]!, { kind: 'results', id: 2, json: '7' });
      expect(settle(hand, LONG)).toEqual({
        advance: 2,
        told: { keep: [[1, 0]], results: [[2, 1, 1]], checkpoint: [[1, 4]] },
        results: '7"é"',
      });
      expect(settle(hand, LONG + 1)).toEqual({ advance: 0, told: {} });
    });

    test('tells the last of it with the end of an attempt that another one follows', () => {
      const { hand, lanes } = running(3);
      for (const id of [1, 2, 3]) hand.notes.leave(id, `"${id}"`);
      hand.finish(lanes[0]!, retry(1));
      hand.finish(lanes[1]!, { kind: 'back', id: 2 });
      hand.finish(lanes[2]!);
      const { told, results } = settle(hand);
      expect({ told, results }).toMatchObject({
        told: {
          checkpoint: [
            [1, 3],
            [2, 3],
          ],
        },
        results: '"1""2"',
      });
    });

    test('removes it with an item that is done, where Redis has any', () => {
      const { hand, lanes } = running(4, { more: { resumed: { 1: '1' } } });
      hand.notes.leave(2, '2');
      settle(hand);
      hand.notes.leave(3, '3');
      for (const lane of lanes) hand.finish(lane);
      expect(settle(hand)).toEqual({ advance: 4, told: { checkpoint: [[1], [2]] } });
    });

    test('leaves that of a dead letter to Redis', () => {
      const { hand, lanes } = running(1, { more: { resumed: { 1: '1' } } });
      const header = { reason: 'handler', attempts: 3, at: 0, error: 'no' } as const;
      hand.finish(lanes[0]!, { kind: 'dead', id: 1, header, place: '' });
      expect(Object.keys(settle(hand).told)).toEqual(['dead']);
    });

    test('tells all there is where the worker leaves', () => {
      const { hand } = running(1);
      hand.notes.leave(1, '1');
      settle(hand);
      hand.notes.leave(1, '2');
      expect(settle(hand, 1).told).toEqual({});
      expect(hand.settle(1, true).outcomes).toBe('{"checkpoint":[[1,1]]}\n2');
    });

    test('tells how far running items are, and when their attempts have ended', () => {
      const { hand, lanes } = running(3);
      for (const id of [1, 2, 3]) hand.notes.show(id, `0.${id} `);
      hand.finish(lanes[2]!);
      const progress = [
        [1, '0.1 '],
        [2, '0.2 '],
      ];
      expect(settle(hand)).toEqual({ advance: 0, told: { progress } });
      hand.finish(lanes[0]!);
      hand.finish(lanes[1]!, retry(2));
      expect(settle(hand, 1)).toEqual({
        advance: 3,
        told: { retry: [[2, 1, 0, JSON.stringify(FAILED)]], progress: [[1], [2]] },
      });
    });

    test('keeps to the budget', () => {
      const { hand } = running(40);
      for (let id = 1; id <= 40; id++) hand.notes.leave(id, `"${'x'.repeat(65_534)}"`);
      expect([0, 1, 2].map((now) => settle(hand, now).told.checkpoint?.length)).toEqual([17, 17, 6]);
    });
  });

  test('forgets the charges of what is done in a later attempt', () => {
    const charges = new Map([0, 1, 2].map((place) => [place, { attempts: 1, crashes: 0, later: 0 }]));
    const { hand, lanes } = running(3, { charges });
    hand.finish(lanes[0]!);
    hand.finish(lanes[1]!, { kind: 'results', id: 2, json: '1' });
    hand.finish(lanes[2]!, { kind: 'back', id: 3 });
    expect(settle(hand).told).toMatchObject({ forget: [1, 2] });
  });

  test('forgets the count of what is done once it was put off, and keeps that of what is put off again', () => {
    const charges = new Map([0, 1].map((place) => [place, { attempts: 0, crashes: 0, later: 3 }]));
    const { hand, lanes } = running(3, { charges });
    hand.finish(lanes[0]!);
    hand.finish(lanes[1]!, { kind: 'later', id: 2, delay: 500, times: 4, why: '' });
    hand.finish(lanes[2]!);
    expect(settle(hand).told).toEqual({ forget: [1], later: [[2, 1, 500]] });
  });
});
