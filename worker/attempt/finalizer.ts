import { ConfigurationError } from '../errors';
import type { ItemContext } from './item-context';

/** When a finalizer runs: if no dead letters are kept, or in any case. */
export type FinalizerWhen = 'success' | 'always';

/** The option `finally`: a function, or a function and when it runs. */
export type Finally<Run> = Run | { readonly run: Run; readonly when?: FinalizerWhen };

/** What runs once all items have ended, as the loop of a worker calls it. */
export interface FinalizerCall {
  readonly run: (context: ItemContext) => unknown;
  readonly when: FinalizerWhen;
}

/**
 * Reads the option `finally`.
 *
 * @param of what takes the option, for the message
 * @throws ConfigurationError it is neither a function nor an object with one, or `when` is something else
 */
export function readFinally<Run>(of: string, given: Finally<Run>): { readonly run: Run; readonly when: FinalizerWhen } {
  const {
    run,
    when = 'success',
    ...others
  } = typeof given === 'function' ? { run: given as Run } : { ...(given as Exclude<typeof given, Run>) };
  const isKnown = when === 'success' || when === 'always';
  if (typeof run === 'function' && isKnown && Object.keys(others).length === 0) return { run, when };
  const what =
    typeof run === 'function'
      ? [`when: ${JSON.stringify(when)}`, ...Object.keys(others)].join(' and ')
      : `${given === null ? 'null' : typeof given} without a function`;
  throw new ConfigurationError(
    `${of} was given finally with ${what}; allowed are a function, and { run, when } with a function and 'success' or 'always'`,
  );
}

/** What is read one after the other, as long as it is not aborted. */
export function abortable<Value>(signal: AbortSignal, read: () => AsyncIterable<Value>): AsyncIterable<Value> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const value of read()) {
        signal.throwIfAborted();
        yield value;
      }
    },
  };
}
