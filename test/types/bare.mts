/*
 * A program that uses the package's types with no schema library about, and with nothing excused (skipLibCheck is off).
 */
import { instrumentWorkQueues } from 'cdk8s-redis-work-queue/otel';
import { defineQueue, InvalidItemError, type Queue, type StandardSchema } from 'cdk8s-redis-work-queue/queue';
import { runInMemory, TestClock } from 'cdk8s-redis-work-queue/testing';
import {
  type Ended,
  type Handler,
  type HandlerCall,
  HandlerHungError,
  type ResultOf,
  runWorker,
  startWorker,
  UnrecoverableError,
  WorkQueue,
} from 'cdk8s-redis-work-queue/worker';

const even: StandardSchema<string, number> = {
  '~standard': {
    version: 1,
    vendor: 'mine',
    validate: (value) => {
      const number = Number(value);
      return number % 2 === 0 ? { value: number } : { issues: [{ message: 'odd', path: ['value', { key: 0 }] }] };
    },
  },
};

export const numbers: Queue<string, number> = defineQueue({ name: 'numbers', schema: even });
export const handler: Handler<number> = (number, { signal, attempt, token, log, id }) => {
  if (number < 0) throw new UnrecoverableError('below zero');
  log(`${id} ${attempt} ${token} ${signal.aborted}`);
};

export const itemOf = ({ item, id }: HandlerCall): [number, unknown] => [id, item];

export async function main(): Promise<void> {
  const end = instrumentWorkQueues({ carrier: (item) => (typeof item === 'object' ? (item ?? undefined) : undefined) });
  end();
  try {
    numbers.items(['2', '3']);
  } catch (error) {
    if (error instanceof InvalidItemError) console.log(error.issues[0]?.path);
  }
  const { dead, elapsed } = await runInMemory(numbers, handler, { items: ['2'], clock: new TestClock(0) });
  console.log(
    dead.map(({ reason, at }) => [reason, at.getTime()]),
    elapsed,
  );
  const queue = new WorkQueue(numbers, { url: 'redis://localhost:6379' });
  await queue.fill(['2', '4'], { batchId: 'one' });
  console.log((await queue.status()).waiting);
  await queue.close();
  for await (const { result } of queue.results<ResultOf<Handler<number, string>>>()) console.log(result.length);
  const worker = startWorker(numbers, handler);
  const ended: Ended | HandlerHungError = await worker.drained.catch((error: HandlerHungError) => error);
  if (!(ended instanceof HandlerHungError)) console.log(ended.kind, ended.counts?.dead, worker.tally.done);
  console.log((await worker.stop({ within: 0 })).kind);
  await runWorker(numbers, handler, { backoff: { base: 100 }, results: true });
}
