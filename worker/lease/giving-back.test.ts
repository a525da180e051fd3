import { GivingBack } from './giving-back';
import { type HandSeen, SharedHand } from './shared-hand';
import { Vitals } from './vitals';

const TICK = 20;
/** Nobody says whether it had a processor. */
const MAIN_THREAD = { time: () => undefined, isRunnable: () => false };

/** A main thread that runs one item and holds another one ready, and the lease thread beside it. */
function besideOneThatRuns() {
  const hand = new SharedHand();
  const vitals = new Vitals(1);
  const givingBack = new GivingBack(hand, vitals, MAIN_THREAD);
  const claim = (number: number, end: number) => {
    hand.beginExchange(number);
    hand.offer(end);
    hand.endClaim();
  };
  const tick = (mayTell = true) => {
    vitals.awake += TICK;
    vitals.beat();
    return givingBack.toTell(TICK, mayTell);
  };
  /** Ticks until there is something to tell; how many that took. */
  const untilTold = () => {
    for (let ticks = 1; ticks < 100; ticks++) {
      const seen = tick();
      if (seen) return { ticks, seen };
    }
    return undefined;
  };
  claim(1, 2);
  hand.start(0);
  vitals.started(0, 1, 1);
  return { hand, givingBack, claim, tick, untilTold };
}

test('what was taken away is told until Redis confirms it', () => {
  const { givingBack, untilTold } = besideOneThatRuns();
  const first = untilTold();
  expect(first?.seen).toMatchObject({ next: 1, sent: 1 });
  const again = untilTold();
  expect(again?.seen).toMatchObject({ next: 1, sent: 1 });
  givingBack.confirm(again?.seen as HandSeen);
  expect(untilTold()).toBeUndefined();
});

test('what is claimed after the rest went back gets as much patience as what was claimed first', () => {
  const { givingBack, claim, tick, untilTold } = besideOneThatRuns();
  const first = untilTold();
  givingBack.confirm(first?.seen as HandSeen);
  for (let ticks = 0; ticks < 10; ticks++) tick();
  claim(2, 2);
  expect(untilTold()?.ticks).toBeGreaterThanOrEqual(3);
});

test('what Redis confirmed of one incarnation counts for nothing with the next one', () => {
  const { hand, givingBack, claim, untilTold } = besideOneThatRuns();
  givingBack.confirm(untilTold()?.seen as HandSeen);
  hand.reset();
  claim(1, 2);
  hand.start(0);
  // The same position and the same exchange.
  expect(untilTold()?.seen).toMatchObject({ next: 1, sent: 1 });
  expect(untilTold()?.seen).toMatchObject({ next: 1, sent: 1 });
});
