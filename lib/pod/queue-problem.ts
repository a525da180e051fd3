import { DEFINED_IN } from '../../worker/contract';
import type { Bundle, QueueOfChart } from '../entry';
import type { NamedQueue } from '../props';

/** What items are, by the payload of their queue. */
const ITEMS: { readonly [payload: string]: string } = {
  text: 'strings',
  json: 'JSON, checked by a schema',
  bytes: 'bytes',
};

/** What is known of the queue of the chart before its code is read. */
export function queueOfChart({ queue }: NamedQueue): QueueOfChart | undefined {
  return queue && { name: queue.name, definedIn: (queue as { [DEFINED_IN]?: string })[DEFINED_IN] };
}

/**
 * What is wrong with a program that works on another queue than that of the chart; nothing, where it may work on this one.
 *
 * @param bundle says which queues the program may work on; none where that is not known
 */
export function queueProblem(
  { queues: inCode, ofChart }: Pick<Bundle, 'queues' | 'ofChart'>,
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
  if (payload === undefined) return undefined;
  const alike = [same, ...others].filter((each) => each.payload === payload);
  if (alike.length > 0) {
    const isOther = ofChart?.schema !== undefined && alike.every(({ schema }) => schema && schema !== ofChart.schema);
    if (!isOther) return undefined;
    return (
      `Its ${call} is given a queue "${queueName}" with another schema than that of the chart: ${alike[0]?.schema}, and there ` +
      `${ofChart.schema}. Import one queue of defineQueue in both.`
    );
  }
  return (
    `Its ${call} takes the items of the queue "${queueName}" for ${ITEMS[same.payload]}, and by the \`queue\` of the chart ` +
    `they are ${ITEMS[payload] ?? payload}. Use one queue of defineQueue in both.`
  );
}
