import { EXIT } from '../contract';
import type { Ending } from '../drain';
import { textOf, WorkQueueError } from '../errors';
import { counted } from '../quantities';

/** What a worker has come to, as an exit code of the contract, and in words. */
export interface Conclusion {
  readonly code: number;
  readonly what: string;
}

/** How much the last line of a process matters that ends with this code. */
export function levelOfEnd(code: number): 'info' | 'warn' | 'error' {
  if (code === EXIT.drained) return 'info';
  return code === EXIT.terminated || code === EXIT.interrupted ? 'warn' : 'error';
}

/** What the ending of a worker means that was not told to stop. */
export function conclusionOf(
  { kind, counts }: Ending,
  { tolerateDeadLetters, endless }: { readonly tolerateDeadLetters: boolean; readonly endless: boolean },
): Conclusion {
  if (kind === 'left' && endless) return { code: EXIT.drained, what: 'It was stopped' };
  if (kind === 'left') return { code: EXIT.configuration, what: 'It was stopped, items are left' };
  if (kind === 'cancelled') {
    return { code: EXIT.deadLetters, what: `Cancelled: ${counted(counts?.dropped ?? 0, 'item')} dropped` };
  }
  if (kind === 'failed') {
    return {
      code: EXIT.deadLetters,
      what: `Failed fast: ${counted(counts?.dead ?? 1, 'dead letter')}, and items may be left`,
    };
  }
  if (kind === 'spare') return { code: EXIT.drained, what: 'Nothing left to claim: others have the last items' };
  if (counts && counts.dead > 0 && !tolerateDeadLetters) {
    const dead = `${counted(counts.dead, 'item')} ${counts.dead === 1 ? 'is a dead letter' : 'are dead letters'}`;
    return { code: EXIT.deadLetters, what: `Queue empty, but ${dead}` };
  }
  // Without it the end is not what it was to be, whatever is tolerated of items.
  if (counts?.finalizer === 'dead') {
    return { code: EXIT.deadLetters, what: 'Queue empty, but the finalizer is a dead letter' };
  }
  return { code: EXIT.drained, what: 'Queue empty, all done' };
}

/** What it means that a worker failed. */
export function conclusionOfError(error: unknown): Conclusion {
  if (error instanceof WorkQueueError) return { code: error.exitCode, what: error.message };
  return { code: EXIT.unexpected, what: `Unexpected: ${textOf(error)}` };
}
