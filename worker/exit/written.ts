/** How long the end of a process waits for a slow reader of what it has written, in ms. */
const WITHIN = 2_000;

/**
 * Resolves when all that this process has written has gone out, or its reader has taken too long for that; nothing to wait for
 * is undefined. What is still here when a process exits is lost, as soon as a pipe is full.
 */
export function whenWritten(streams = standardStreams(), within = WITHIN): Promise<void> | undefined {
  const slow = streams.filter((stream) => stream.writable && stream.writableLength > 0);
  if (slow.length === 0) return undefined;
  const written = slow.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve())));
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, within);
    void Promise.all(written).then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

type Writable = Pick<NodeJS.WriteStream, 'writable' | 'writableLength' | 'write'>;

function standardStreams(): Writable[] {
  try {
    return [process.stdout, process.stderr];
  } catch {
    // Whoever started the process has closed them.
    return [];
  }
}
