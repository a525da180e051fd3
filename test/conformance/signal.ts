/** The name of the error that a signal was aborted with. */
export function reasonOf(signal: AbortSignal): string {
  return (signal.reason as Error).name;
}

/** Rejects when the signal is aborted, with its reason. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
