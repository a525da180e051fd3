import type { Duration } from 'cdk8s';
import { milliseconds, whole } from './kinds';
import { type Shape, shape } from './shape';

/** How many items all workers of a queue together start in a time. */
export interface Rate {
  /**
   * Items, 1 to 1,000,000,000. After a pause, a tenth of them, and at least one, may start at once.
   *
   * @example items: 100
   */
  readonly items: number;
  /**
   * The time, in whole milliseconds.
   *
   * @example per: Duration.minutes(1)
   */
  readonly per: Duration;
}

/** A rate at which items are handed out. */
export const rate: Shape<Rate> = shape<Rate>({
  of: 'rate',
  like: '{ items: 100, per: Duration.minutes(1) }',
  props: {
    items: { is: whole(1, 1_000_000_000), required: 'It must be the number of items in that time: 100.' },
    per: { is: milliseconds(0.001), required: 'It must be the time for so many items: Duration.minutes(1).' },
  },
  foreign: {
    max: 'It is `items`: { items: 100, per: Duration.minutes(1) }.',
    limit: 'It is `items`: { items: 100, per: Duration.minutes(1) }.',
    duration: 'It is `per`: { items: 100, per: Duration.minutes(1) }.',
    interval: 'It is `per`: { items: 100, per: Duration.minutes(1) }.',
  },
});
