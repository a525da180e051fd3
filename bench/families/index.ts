import type { Family } from '../harness/family';
import { agent } from './agent';
import { asyncHandler } from './async-handler';
import { bystander } from './bystander';
import { charts } from './charts';
import { exchange } from './exchange';
import { filling } from './filling';
import { fleet } from './fleet';
import { footprint } from './footprint';
import { growth } from './growth';
import { idle } from './idle';
import { memory } from './memory';
import { recovery } from './recovery';
import { roundTrip } from './round-trip';
import { rss } from './rss';
import { seen } from './seen';
import { start } from './start';
import { synth } from './synth';
import { tail } from './tail';
import { throughput } from './throughput';
import { words } from './words';

/** All benchmarks, in the order in which they run. */
export const FAMILIES: readonly Family[] = [
  throughput,
  roundTrip,
  memory,
  footprint,
  filling,
  exchange,
  growth,
  words,
  seen,
  bystander,
  asyncHandler,
  agent,
  tail,
  recovery,
  start,
  idle,
  fleet,
  rss,
  synth,
  charts,
];
