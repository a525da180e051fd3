import { EXIT_OWNER } from '../contract';

const codes = new WeakMap<object, number>();

/**
 * Sets the exit code of a process that does not catch this error, and returns the error. Node alone would exit with 1,
 * also where `process.exitCode` was set before.
 */
export function withExitCode<E extends Error>(error: E, code: number): E {
  if (!process.listeners('uncaughtExceptionMonitor').includes(onUncaught)) {
    process.on('uncaughtExceptionMonitor', onUncaught);
  }
  codes.set(error, code);
  return error;
}

function onUncaught(error: Error): void {
  const code = codes.get(error);
  if (code === undefined) return;
  const owner = (process as { [EXIT_OWNER]?: { crashCode: number | undefined } })[EXIT_OWNER];
  if (owner) owner.crashCode = code;
  process.once('exit', () => {
    process.exitCode = code;
  });
}
