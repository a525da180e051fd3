import { CommanderError } from 'commander';
import type { Runner } from './command';
import { createContext } from './context';
import { CLI_EXIT } from './exit-codes';
import { exitCodeOf, Interrupted, messageOf } from './failures';
import { buildProgram } from './program';
import { colours } from './screen';

/** Put in by bundle.mjs. */
declare const VERSION: string;

const stop = new AbortController();
let second: (() => void) | undefined;
const debug = process.argv.includes('--debug');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    const interrupted = new Interrupted(signal);
    const act = second;
    second = undefined;
    if (!stop.signal.aborted) stop.abort(interrupted);
    else if (act) act();
    else process.exit(interrupted.exitCode);
  });
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read this has seen enough, as in `rwq dead list | head`.
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

const run: Runner = async (command) => {
  const context = createContext(stop.signal, (act) => {
    second = act;
  });
  try {
    const code = await command(context);
    process.exitCode = typeof code === 'number' ? code : CLI_EXIT.ok;
  } catch (error) {
    fail(error);
  }
};

function fail(error: unknown): void {
  process.exitCode = exitCodeOf(error);
  if (error instanceof Interrupted) {
    if (process.stderr.isTTY) process.stderr.write('\n');
    return;
  }
  const text = debug && error instanceof Error ? error.stack : messageOf(error);
  process.stderr.write(`${colours(process.stderr).red('rwq:')} ${text}\n`);
}

const program = buildProgram(VERSION, run);
for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
  command.exitOverride().showHelpAfterError('(--help prints what is allowed, with examples)');
}

program.parseAsync().catch((error) => {
  // commander has said what is wrong, or printed the help that was asked for.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? CLI_EXIT.ok : CLI_EXIT.usage;
  else fail(error);
});
