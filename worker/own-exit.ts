import { EXIT } from './contract';
import type { Log } from './log';

const CODES: readonly number[] = Object.values(EXIT);

/**
 * Returns what ends this process with a code of the contract. Whoever else ends it, a handler or a package of its, cannot:
 * after an exit 0 that is not ours the Job would start no pod again, with items left.
 *
 * @param signalled the code that is due because of a signal, if there was one
 */
export function ownExit(log: Log, signalled: () => number | undefined): (code: number) => never {
  let own = false;
  process.on('exit', (code) => {
    if (own) return;
    process.exitCode = signalled() ?? (CODES.includes(code) ? EXIT.unexpected : code);
    log.warn(`something else than the worker called process.exit(${code}): ending with ${process.exitCode}`);
  });
  return (code) => {
    own = true;
    process.exit(code);
  };
}
