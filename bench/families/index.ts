import type { Family } from '../harness/family';
import { asyncHandler } from './async-handler';
import { filling } from './filling';
import { idle } from './idle';
import { memory } from './memory';
import { recovery } from './recovery';
import { roundTrip } from './round-trip';
import { rss } from './rss';
import { start } from './start';
import { tail } from './tail';
import { throughput } from './throughput';

/** All benchmarks, in the order in which they run. */
export const FAMILIES: readonly Family[] = [
  throughput,
  roundTrip,
  memory,
  filling,
  asyncHandler,
  tail,
  recovery,
  start,
  idle,
  rss,
];
