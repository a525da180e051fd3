import { setTimeout } from 'node:timers/promises';
import { type ItemContext, UnrecoverableError } from 'cdk8s-redis-work-queue/worker';

/** The service that converts videos; a test puts another one in its place. */
export interface Converter {
  start(url: string): Promise<string>;
  stateOf(job: string): Promise<'running' | 'done' | 'failed' | 'refused'>;
}

/** Has a video converted, and asks every five seconds how far it is. */
export const convertBy =
  (converter: Converter, sleep = setTimeout) =>
  async ({ url }: { url: string }, { signal }: ItemContext) => {
    const job = await converter.start(url);
    for (;;) {
      const state = await converter.stateOf(job);
      if (state === 'done') return job;
      if (state === 'refused') throw new UnrecoverableError(`${url} is no video`);
      if (state === 'failed') throw new Error(`${job} failed`);
      await sleep(5_000, undefined, { signal });
    }
  };
