import { BATCHES } from './batches';
import { CANCELLING } from './cancelling';
import { CRASHES } from './crashes';
import { DELIVERY } from './delivery';
import { FAILURES } from './failures';
import { FINALIZERS } from './finalizers';
import { FOLLOW_UPS } from './follow-ups';
import { LONG_ITEMS } from './long-items';
import { PACE } from './pace';
import { PAYLOADS } from './payloads';
import { RESULTS } from './results';
import { STOPPING } from './stopping';
import { TIMEOUTS } from './timeouts';

/** What every client promises, and the testing kit as production does. A client plays all but those that need what it lacks. */
export const SCENARIOS = [
  ...DELIVERY,
  ...FAILURES,
  ...PAYLOADS,
  ...RESULTS,
  ...TIMEOUTS,
  ...CRASHES,
  ...STOPPING,
  ...PACE,
  ...LONG_ITEMS,
  ...BATCHES,
  ...CANCELLING,
  ...FINALIZERS,
  ...FOLLOW_UPS,
];
