import { constants } from 'node:os';

/** Node's own parts, which the flag `--expose-internals` opens. */
const BINDINGS = 'internal/test/binding';

interface SignalWatch {
  onsignal: () => void;
  start(signal: number): number;
  unref(): void;
}

/**
 * Calls back when the process is asked to stop, also while a handler blocks the main thread, which hears of it when the
 * handler returns. Node passes signals on to the main thread alone; where this one cannot listen by itself, so be it.
 */
export function onStopSignal(heard: () => void): void {
  try {
    const { internalBinding } = require(BINDINGS);
    const { Signal } = internalBinding('signal_wrap') as { Signal: new () => SignalWatch };
    for (const signal of [constants.signals.SIGTERM, constants.signals.SIGINT]) {
      const watch = new Signal();
      watch.onsignal = heard;
      watch.unref();
      watch.start(signal);
    }
  } catch {
    // The main thread says it, as soon as it hears of it.
  }
}
