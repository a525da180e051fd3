import { createInterface } from 'node:readline/promises';
import type { Context } from './context';
import { CommandError, UsageError } from './failures';

/**
 * Asks before something is gone for good.
 *
 * @throws UsageError there is no terminal to ask on
 * @throws CommandError the answer is no
 */
export async function confirm(question: string, yes: boolean, { stop }: Context): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError(`${question} There is no terminal to answer on; give --yes to go ahead.`);
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  // readline takes Ctrl-C for itself.
  asking.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const answer = await asking.question(`${question} [y/N] `, { signal: stop });
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('Nothing was done.');
  } finally {
    asking.close();
  }
}
