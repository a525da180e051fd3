import { basename } from 'node:path';
import type { ItemContext } from '../worker';
import {
  ConfigurationError,
  ItemTimeoutError,
  RetryLater,
  UnfitHandlerError,
  UnrecoverableError,
} from '../worker/errors';
import type { CommandSpec } from './command-spec';
import { errorOfAbort, errorOfEnd } from './ending';
import { commandEnvironment } from './environment';
import { killIn } from './kill-plan';
import { type PayloadText, payloadText, wordProblem } from './payload-text';
import { ProcessGroups } from './process-groups';
import { resultOf } from './result';
import { type ProcessEnd, runProcess } from './run-process';
import { startProblem } from './start-problem';
import { fillWords, hasPlace } from './words';

/** Where a command runs. */
export interface CommandPlace {
  /** Name of the queue. */
  readonly queue: string;
  /** Grace period of the worker, in ms. */
  readonly grace: number;
  /** Environment of the worker. */
  readonly env: NodeJS.ProcessEnv;
}

/** The most that a result may be, in bytes, as for any handler. */
const RESULT_BYTES = 67_108_864;

/** An item whose process finds no room on the machine is due again in so many ms. */
const NO_ROOM = 5_000;

type Context = Pick<ItemContext, 'id' | 'attempt' | 'token' | 'signal' | 'log'>;

/** The handler that runs a command once for each item. */
export function commandHandler(spec: CommandSpec, { queue, grace, env }: CommandPlace) {
  const groups = new ProcessGroups();
  const isOfItem = hasPlace(spec.words[0] ?? '');
  let isProven = false;
  let running = 0;

  return async (payload: Uint8Array, context: Context): Promise<unknown> => {
    const { id, attempt, token, signal, log } = context;
    signal.throwIfAborted();
    const read = payloadText(payload);
    const words = wordsFor(spec, read, context);
    const [program = ''] = words;
    const text = 'text' in read ? read.text : undefined;
    let end: ProcessEnd;
    running++;
    try {
      end = await runProcess({
        words,
        env: commandEnvironment(env, { text, id, attempt, token, queue }),
        ...(spec.input === 'stdin' && { input: payload }),
        ...(spec.results && { keep: RESULT_BYTES }),
        tell: (line, stream) => (stream === 'stdout' ? log(line) : log.debug(line)),
        signal,
        killIn: (reason) => killIn(reason, spec.killAfter, grace),
        linger: spec.killAfter,
        groups,
      });
    } catch (error) {
      throw errorOfStart(program, error, { isOfItem, isAlone: running === 1 });
    } finally {
      running--;
    }
    if (end.isAborted) {
      throw signal.reason instanceof ItemTimeoutError
        ? errorOfAbort(program, signal.reason, end.stderr)
        : signal.reason;
    }
    const error = errorOfEnd(program, end, spec, isProven || isOfItem);
    if (!(error instanceof UnfitHandlerError)) isProven = true;
    if (error) throw error;
    if (!spec.results) return undefined;
    if (end.stdout) return resultOf(program, end.stdout);
    throw own(
      new Error(
        `${basename(program)} wrote more than ${RESULT_BYTES} bytes to standard output, which is the most that a result may be; store it elsewhere and print its address`,
      ),
    );
  };
}

/** @throws UnrecoverableError the payload cannot be an argument, and has to be one */
function wordsFor({ words, input }: CommandSpec, read: PayloadText, { id, attempt }: Context): string[] {
  const appends = input === 'argument';
  const refuse = (why: string) =>
    own(new UnrecoverableError(`the item cannot be an argument: ${why}; let the command read it, with --input stdin`));
  if ('problem' in read && (appends || words.some(hasPlace))) throw refuse(read.problem);
  const text = 'text' in read ? read.text : '';
  const filled = fillWords(words, { text, id, attempt }, appends);
  const problem = filled.map(wordProblem).find((each) => each !== undefined);
  if (problem) throw refuse(problem);
  return filled;
}

/** What the handler throws where a process could not be started. */
function errorOfStart(
  program: string,
  error: unknown,
  { isOfItem, isAlone }: { readonly isOfItem: boolean; readonly isAlone: boolean },
): Error {
  const { of, text } = startProblem(program, error);
  // Where nothing of this worker is in its own way, a fresh one may find what this one does not.
  if (of === 'machine') return isAlone ? new UnfitHandlerError(own(new Error(text))) : new RetryLater(NO_ROOM, text);
  if (of === 'item') return own(new UnrecoverableError(`${text}; let the command read the item, with --input stdin`));
  if (isOfItem) return own(new UnrecoverableError(text));
  return new UnfitHandlerError(new ConfigurationError(text));
}

/** Its frames would be ours. */
function own<E extends Error>(error: E): E {
  return Object.assign(error, { stack: '' });
}
