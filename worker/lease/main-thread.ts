import { openSync, readFileSync, readSync } from 'node:fs';

/** Time of a thread, in ms, as the scheduler counts it. */
export interface ProcessorTime {
  /** How long it had a processor. */
  readonly ran: number;
  /** How long it waited for one: others ran, or its container had used up its CPU limit. */
  readonly waited: number;
}

const text = Buffer.alloc(128);
/** It stays open, as it is read many times a second; `none` where there is no such file. */
let schedstat: number | 'none' | undefined;

/** What Linux says of the main thread of this process, whichever thread asks. */
export const MAIN_THREAD = {
  /** Its time until now; `undefined` where the system does not say. */
  time(): ProcessorTime | undefined {
    if (schedstat === 'none') return undefined;
    try {
      schedstat ??= openSync('/proc/self/schedstat', 'r');
      const length = readSync(schedstat, text, 0, text.length, 0);
      const [ran, waited] = text.toString('latin1', 0, length).split(' ').map(Number);
      // A kernel that does not count says 0.
      return ran && waited !== undefined ? { ran: ran / 1e6, waited: waited / 1e6 } : undefined;
    } catch {
      schedstat = 'none';
      return undefined;
    }
  },

  /** Whether it runs, or would if it had a processor; `false` where the system does not say. */
  isRunnable(): boolean {
    try {
      const stat = readFileSync('/proc/self/stat', 'latin1');
      // The name before the state is in parentheses, and may hold some.
      return stat.charAt(stat.lastIndexOf(')') + 2) === 'R';
    } catch {
      return false;
    }
  },
};
