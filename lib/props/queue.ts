import { ENCODED } from '../../worker/contract';
import { type At, isRecord, type Kind, list, property, readAs } from './kind';
import { payloads, QUEUE_NAME, queueName } from './kinds';
import type { Table } from './shape';

/** A queue as the worker knows it, too: what `defineQueue` returns, from 'cdk8s-redis-work-queue/queue'. */
export interface IQueueDefinition {
  /** Name of the queue, which is the Redis list that holds the items. */
  readonly name: string;

  /**
   * What an item is: `text`, `json` or `bytes`.
   *
   * @default - it is not compared with what the worker of an `entry` expects
   */
  readonly payload?: string;

  /** The payload of one item; throws where the schema of the queue refuses the item. */
  // biome-ignore lint/suspicious/noExplicitAny: an item is what the queue says, and jsii knows neither generics nor unions
  encode(item: any): any;
}

/** The props that say which queue it is: one of the two. */
export interface QueueProps {
  readonly queueName?: string;
  readonly queue?: IQueueDefinition;
}

/** Which queue it is, and the payloads of the items, whichever way they were given. */
export interface NamedQueue {
  readonly queueName: string;
  readonly queue?: IQueueDefinition;
  readonly items?: string[];
}

const DEFINITION =
  "It must be a queue made by defineQueue, from 'cdk8s-redis-work-queue/queue': queue: thumbnails. Its name alone is `queueName`.";

const queue: Kind<IQueueDefinition> = {
  read(given, at) {
    if (!isRecord(given) || typeof given.name !== 'string' || typeof given.encode !== 'function') {
      throw at.refusal(given, DEFINITION);
    }
    readAs(queueName, given.name, at.prop('name'));
    return given as unknown as IQueueDefinition;
  },
};

/** Which queue it is, for all that name one. */
export const QUEUE: Table<QueueProps> = {
  queueName: {
    is: queueName,
    requiredWithout: { queue: QUEUE_NAME },
    notWith: { queue: '`queue` has a name of its own, and both are given. Use one of them.' },
  },
  queue: { is: queue, shown: ({ name }) => name },
};

/** Whatever an item is: that, the queue says. */
// biome-ignore lint/suspicious/noExplicitAny: see above
const anyItems: Kind<any[]> = list({ read: (given) => given }, 'an array: ["apple", "banana"]');

/** Items of a list, as they are given. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export const items: Kind<any[]> = {
  read(given, at) {
    const copy = anyItems.read(given, at);
    const of = property(given as object, ENCODED as never, at);
    return of === undefined ? copy : Object.defineProperty(copy, ENCODED, { value: of });
  },
};

/**
 * Props with the name of the queue and the payloads of the items.
 *
 * @throws InvalidPropError an item is not one of the queue; without a definition, it is not a string
 */
export function readQueue<P extends QueueProps & { readonly items?: unknown[] }>(props: P, at: At): P & NamedQueue {
  const { queue, items } = props;
  const queueName = (queue?.name ?? props.queueName) as string;
  return { ...props, queueName, items: items && payloadsOf(items, queue, at.prop('items')) };
}

function payloadsOf(items: unknown[], queue: IQueueDefinition | undefined, at: At): string[] {
  const encodedFor = (items as { [ENCODED]?: string })[ENCODED];
  if (!queue || encodedFor === queue.name) return readAs(payloads, items, at);
  if (encodedFor !== undefined) {
    throw at.refusal(
      `made by the queue ${encodedFor}`,
      `\`queue\` is "${queue.name}". Give items of one queue, as they are or by its function \`items\`.`,
    );
  }
  return items.map((item, index) => payloadOf(item, queue, at.element(index)));
}

function payloadOf(item: unknown, queue: IQueueDefinition, at: At): string {
  let payload: unknown;
  try {
    payload = queue.encode(item);
  } catch (error) {
    const hint = isJsonText(item) ? ' It is JSON already; with `queue`, give the item itself.' : '';
    const why = error instanceof Error ? error.message : String(error);
    throw at.refusal(item, `The queue "${queue.name}" does not take it: ${why.replace(/\.$/, '')}.${hint}`);
  }
  if (typeof payload === 'string') return payload;
  throw at.refusal(
    item,
    `The queue "${queue.name}" holds bytes, and items of a chart are text. Fill it from a program, with WorkQueue.fill.`,
  );
}

function isJsonText(item: unknown): boolean {
  if (typeof item !== 'string') return false;
  try {
    return typeof JSON.parse(item) === 'object';
  } catch {
    return false;
  }
}
