import { type EndedAttempt, errorOf, logOf, type Outcome, wordsOfOutcome } from '../attempt';
import { kindOf } from '../errors';
import { oneLine, Repeats, type WorkerLog } from '../log';

/**
 * Says which attempts failed, and which items are given up: the first failure of each kind in full, and of those that follow
 * how many there were.
 */
export class FailureLog {
  constructor(
    private readonly log: WorkerLog,
    private readonly repeats = new Repeats(),
  ) {}

  /** @param thrown what the handler threw, if it did */
  say(outcome: Outcome, ended: EndedAttempt, thrown: unknown): void {
    const words = wordsOfOutcome(outcome, ended);
    if (words === undefined) return;
    const log = logOf(this.log, ended);
    if (outcome.kind !== 'retry' && outcome.kind !== 'dead') {
      log.warn(words);
      return;
    }
    const level = outcome.kind === 'dead' ? 'error' : 'warn';
    const { error, what } =
      outcome.kind === 'dead'
        ? { error: outcome.header.error, what: `dead letter (${outcome.header.reason})` }
        : { error: outcome.error, what: 'attempt failed' };
    const kind = kindOf(error);
    const group = `${what}: ${kind}${oneLine(outcome.place)}`;
    const sayMore = (more: number) => this.log.write({ level, text: `${more} more: ${group}`, fields: { more, kind } });
    if (!this.repeats.isFirst(group, sayMore)) return;
    log.write({
      level,
      text: words,
      fields: { duration: Math.round(ended.duration ?? 0), err: thrown ?? errorOf(outcome) },
    });
  }

  /** Says what is left to say. */
  end(): void {
    this.repeats.end();
  }
}
