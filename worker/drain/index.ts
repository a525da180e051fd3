export { Drain, type Ending } from './drain';
export type { Tally } from './lanes';
export { Pace } from './pace';
