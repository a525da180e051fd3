import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from './clock';

/** What a handler does beside noting that it was given an item. */
export interface Handling {
  /** Nothing where an item is no work at all. */
  work?(item: number): unknown;
  /** When the last item ended; 0 where that is not looked at. */
  lastEnd: number;
}

/** How long an item of a mix takes, in ms. */
export const MIXES = {
  /** From 0.1 to 2 s, in no order. */
  waits: (item: number) => 100 + ((item * 7919) % 1901),
  /** One in a hundred takes 5 s, spread evenly, and the others nothing. */
  blocks: (item: number) => (item % 100 === 37 ? 5_000 : 0),
} as const;

/**
 * - `noop`: nothing
 * - `wait:10`: a timer of so many ms
 * - `waits`, `blocks`: {@link MIXES}; the latter blocks the thread
 * - `hang`: says on standard output when it began, and never ends
 */
export function handlingOf(name: string): Handling {
  const [kind, detail] = name.split(':');
  switch (kind) {
    case 'noop':
      return { lastEnd: 0 };
    case 'wait': {
      const ms = Number(detail);
      return { lastEnd: 0, work: () => sleep(ms) };
    }
    case 'waits': {
      const handling: Handling = {
        lastEnd: 0,
        work: async (item) => {
          await sleep(MIXES.waits(item));
          handling.lastEnd = now();
        },
      };
      return handling;
    }
    case 'blocks': {
      const cell = new Int32Array(new SharedArrayBuffer(4));
      const handling: Handling = {
        lastEnd: 0,
        work: (item) => {
          const ms = MIXES.blocks(item);
          if (ms > 0) Atomics.wait(cell, 0, 0, ms);
          handling.lastEnd = now();
        },
      };
      return handling;
    }
    case 'hang':
      return {
        lastEnd: 0,
        work: (item) => {
          writeSync(1, `began ${item} ${now()}\n`);
          return new Promise(() => setInterval(() => undefined, 60_000));
        },
      };
    default:
      throw new Error(`no such handler: ${name}`);
  }
}
