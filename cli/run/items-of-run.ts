import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ItemSource, openItems } from '../fill';

/** Items that a run reads more than once. */
export interface RunItems {
  readonly source: ItemSource;
  /** Removes what was made to read them. */
  dispose(): void;
}

/** The items of a file, or those on standard input, which is kept in a file as long as the run takes. */
export async function itemsOfRun(file: string, options: Parameters<typeof openItems>[1]): Promise<RunItems> {
  if (file !== '-') return { source: await openItems(file, options), dispose: () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'rwq-items-'));
  const dispose = () => rmSync(folder, { recursive: true, force: true });
  try {
    const kept = join(folder, 'items');
    await pipeline(process.stdin, createWriteStream(kept), { signal: options.stop });
    return { source: { ...(await openItems(kept, options)), name: 'standard input' }, dispose };
  } catch (error) {
    dispose();
    throw options.stop.aborted ? options.stop.reason : error;
  }
}
