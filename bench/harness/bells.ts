import { queueKeys } from '../../worker/contract';
import { Connection, Doorbell } from '../../worker/redis';
import type { Store } from './store';

/** What a waiting worker rests at. */
export interface Bell {
  /** Returns when it is woken, or after so many ms. */
  wait(ms: number): Promise<void>;
}

/** The bells of a fleet. */
export interface Bells {
  /** How they are rung, in words. */
  readonly about: string;
  /** Commands sent so far. */
  readonly commands: () => number;
  next(): Bell;
  close(): void;
}

/** Those of real workers: each blocks on a connection of its own. */
export function realBells(store: Store, queue: string): Bells {
  const doorbells: Doorbell[] = [];
  let commands = 0;
  return {
    about: 'a blocked connection each',
    commands: () => commands,
    next() {
      const doorbell = new Doorbell({ url: store.url }, queue, {});
      doorbells.push(doorbell);
      return {
        async wait(ms) {
          commands++;
          await doorbell.wait(ms);
        },
      };
    },
    close() {
      for (const doorbell of doorbells) doorbell.close();
    },
  };
}

/** Connections that take tokens for a fleet that has none of its own. */
const TAKERS = 64;
/** How long one of them blocks, in s. */
const BLOCK = 2;

/**
 * Those of more workers than there can be connections. Whoever comes to rest sends the pop that would block, and some
 * connections block for all: each token that they take wakes the worker that has rested longest, as Redis would.
 */
export function sharedBells(store: Store, queue: string): Bells {
  const { wake } = queueKeys(queue);
  const asking = new Connection({ url: store.url });
  const takers = Array.from({ length: TAKERS }, () => new Connection({ url: store.url }));
  const resting = new Set<() => void>();
  let [commands, spare, closed] = [0, 0, false];
  let failure: unknown;

  const take = async (taker: Connection) => {
    while (!closed) {
      const token = await taker.command('BLPOP', wake, BLOCK);
      if (token === null) continue;
      const [longest] = resting;
      if (longest) longest();
      else spare++;
    }
  };
  for (const taker of takers) {
    take(taker).catch((error) => {
      if (!closed) failure ??= error;
    });
  }

  const bell: Bell = {
    async wait(ms) {
      if (failure) throw failure;
      commands++;
      const token = await asking.command('LPOP', wake);
      if (token !== null) return;
      if (spare > 0) {
        spare--;
        return;
      }
      await new Promise<void>((resolve) => {
        const over = () => {
          clearTimeout(timer);
          resting.delete(over);
          resolve();
        };
        const timer = setTimeout(over, ms);
        resting.add(over);
      });
    },
  };
  return {
    about: 'a pop each that does not block, and 64 connections that block for all',
    commands: () => commands,
    next: () => bell,
    close() {
      closed = true;
      for (const connection of [asking, ...takers]) connection.close();
    },
  };
}
