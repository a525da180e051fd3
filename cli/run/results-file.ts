import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { WorkQueue } from 'cdk8s-redis-work-queue/worker';
import type { Context } from '../context';
import { UsageError } from '../failures';
import { are, countOf, payloadFields } from '../text';

/** A file for the results of a run, as `rwq results --json` prints them: its Redis is gone at the end. */
export interface ResultsFile {
  write(queue: WorkQueue<Uint8Array>, context: Context): Promise<void>;
}

/** @throws UsageError it cannot be written */
export function openResults(path: string): ResultsFile {
  try {
    closeSync(openSync(path, 'w'));
  } catch (error) {
    throw new UsageError(`--results: ${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
  return {
    async write(queue, { out }) {
      const file = await open(path, 'w');
      let written = 0;
      try {
        for await (const { id, result, payload } of queue.results()) {
          await file.write(`${JSON.stringify({ id, result, ...payloadFields(payload) })}\n`);
          written++;
        }
      } finally {
        await file.close();
      }
      out(`\n${countOf(written, 'result')} ${are(written)} in ${path}`);
    },
  };
}
