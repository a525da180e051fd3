import { SharedHand } from '../lease';
import type { Incarnation } from '../redis';
import { DrainState } from './drain-state';
import { DurationMeter } from './duration-meter';
import { type Hand, newLane } from './hand';

/** A worker with one lane that holds these items, while the exchange by which it asked for more is under way. */
function whileAsking(...payloads: string[]) {
  const lanes = {
    idle: 1,
    allIdle: true,
    anyStale: false,
    finished: 0,
    running: () => [],
    durations: new DurationMeter(),
  };
  const lookAhead = { items: 8, learn() {}, forget() {} };
  const state = new DrainState(new SharedHand(), lanes, lookAhead, 1, () => true);
  state.enter({ id: 'i', epoch: 'e', number: 0 } as Incarnation);
  const hand = state.hand as Hand;
  const claimed = { kind: 'work', first: 0, segments: [[1, payloads.length]], payloads, alone: false } as const;
  state.begin(hand, 0);
  state.take(
    hand,
    { ...claimed, charges: undefined, token: 1, name: 1, more: {} },
    { ...claimed, charges: undefined, token: 1, name: 1, more: {} },
  );
  state.settled();
  state.begin(hand, 1);
  const runOne = () => {
    expect(state.claimStart(hand)).toBe(true);
    const lane = newLane(0);
    hand.take(lane);
    hand.finish(lane);
    lanes.finished++;
  };
  const hear = () => {
    state.heed(hand, { kind: 'held', name: 2, due: undefined, more: {} });
    state.settled();
    return state.nextAfterAnswer();
  };
  return { state, hand, runOne, hear };
}

test('what ends while an exchange brings nothing new is told as soon as it is over', () => {
  const { runOne, hear } = whileAsking('a');
  runOne();
  expect(hear()).toBe('soon');
});

test('an exchange that brought nothing new is not followed by another one where nothing has ended', () => {
  expect(whileAsking('a').hear()).toBe('later');
});

test('a handler that slows down during an exchange: Redis hears of it with the next one, and what is not started goes back', () => {
  const { state, hand, hear } = whileAsking('a', 'b');
  expect(state.slowDown(500)).toBe('later');
  expect(state.slowDown(30_000)).toBe('later');
  expect([hand.ready, state.hasReady]).toEqual([0, false]);
  expect(hear()).toBe('soon');
  const { outcomes, backFrom } = state.begin(hand, 2);
  expect([JSON.parse(String(outcomes)), backFrom]).toEqual([{ slow: 30_000 }, 0]);
  expect(hear()).toBe('later');
  expect(state.begin(hand, 3).outcomes).toBe('');
});

test('a handler that slows down while there is nothing to claim is heard at once', () => {
  const { state, hear } = whileAsking('a');
  hear();
  expect(state.slowDown(1_000)).toBe('soon');
  expect(state.slowDown(2_000)).toBe('later');
});

test('what Redis has not counted, because the lease was lost, it hears from the next incarnation', () => {
  const { state, hand, hear } = whileAsking('a');
  hear();
  state.slowDown(1_000);
  state.begin(hand, 2);
  expect(state.heed(hand, { kind: 'stale' })).toEqual({ do: 'enter' });
  state.settled();
  state.enter({ id: 'j', epoch: 'e', number: 0 } as Incarnation);
  expect(JSON.parse(String(state.begin(state.hand as Hand, 3).outcomes))).toEqual({ slow: 1_000 });
});
