import type { QueueInCode } from '../entry';
import type { NamedQueue } from '../props';

/** What items are, by the payload of their queue. */
const ITEMS: { readonly [payload: string]: string } = {
  text: 'strings',
  json: 'JSON, checked by a schema',
  bytes: 'bytes',
};

/**
 * What is wrong with a program that works on another queue than that of the chart; nothing, where it may work on this one.
 *
 * @param inCode all queues that the program may work on; none where that is not known
 */
export function queueProblem(
  inCode: readonly QueueInCode[],
  { queueName, queue }: NamedQueue,
  kind: 'worker' | 'filler',
): string | undefined {
  const [first] = inCode;
  if (!first) return undefined;
  const call = kind === 'worker' ? 'runWorker' : 'runFiller';
  const [same, ...others] = inCode.filter(({ name }) => name === queueName);
  if (!same) {
    return (
      `Its ${call} is given the queue "${first.name}", and that of the chart is "${queueName}". ` +
      'Use one queue of defineQueue in both: `queue`, in place of `queueName`.'
    );
  }
  const payload = queue?.payload;
  if (payload === undefined || [same, ...others].some((each) => each.payload === payload)) return undefined;
  return (
    `Its ${call} takes the items of the queue "${queueName}" for ${ITEMS[same.payload]}, and by the \`queue\` of the chart ` +
    `they are ${ITEMS[payload] ?? payload}. Use one queue of defineQueue in both.`
  );
}
