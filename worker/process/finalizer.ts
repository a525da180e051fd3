import { abortable, callAtEnd, type FinalizerCall, type Finally, type ItemContext, readFinally } from '../attempt';
import type { Queue, QueueOf } from '../definition';
import type { Log } from '../log';
import type { WorkerSettings } from '../settings';
import { type Finalizer, type FinalizerContext, WorkQueue } from '../work-queue';

/**
 * What the loop calls for the option `finally`: it opens the queue, hands the function what it may read there, and closes
 * it again.
 *
 * @throws ConfigurationError the option is none
 */
export function finalizerCall<T, Returned>(
  of: string,
  queue: QueueOf<T>,
  given: Finally<Finalizer<T, Returned>>,
  { store, storeTimeout, worker }: WorkerSettings,
  log: Log,
): FinalizerCall {
  const { run, when } = readFinally(of, given);
  const call = async (context: ItemContext) => {
    const { signal, attempt, token } = context;
    context.log(`all items have ended: attempt ${attempt} begins`);
    const opened = new WorkQueue(queue as Queue<never, T>, { ...store, patience: storeTimeout, log });
    try {
      const { claimed, done, dead, dropped } = await opened.status();
      const given = {
        counts: { claimed, done, dead, dropped },
        results: abortable(signal, () => opened.results()) as FinalizerContext<T, Returned>['results'],
        deadLetters: abortable(signal, () => opened.deadLetters()),
        ...{ signal, attempt, token, log: context.log },
      };
      await callAtEnd(run, given, context, { queue: queue.name, worker });
      context.log('done');
    } finally {
      await opened.close();
    }
  };
  return { run: call, when };
}
