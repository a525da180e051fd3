import type { Family } from '../harness/family';
import { throughput } from './throughput';

/** All benchmarks, in the order in which they run. */
export const FAMILIES: readonly Family[] = [throughput];
