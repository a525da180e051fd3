import { SharedHand } from '../lease';
import type { Incarnation } from '../redis';
import { DrainState } from './drain-state';
import { type Hand, newLane } from './hand';

/** A worker with one lane that holds these items, while the exchange by which it asked for more is under way. */
function whileAsking(...payloads: string[]) {
  const lanes = { idle: 1, allIdle: true, anyStale: false, finished: 0, running: () => [] };
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
  return { runOne, hear };
}

test('what ends while an exchange brings nothing new is told as soon as it is over', () => {
  const { runOne, hear } = whileAsking('a');
  runOne();
  expect(hear()).toBe('soon');
});

test('an exchange that brought nothing new is not followed by another one where nothing has ended', () => {
  expect(whileAsking('a').hear()).toBe('later');
});
