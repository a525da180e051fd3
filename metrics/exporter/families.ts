import { ITEMS_WAITING } from '../../worker/contract';
import type { QueueMeasures } from '../../worker/work-queue';
import type { StoreMeasures } from './store-reader';

/** One number of a family: what stands behind its name, its labels, and the number. */
export interface Sample {
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with all its samples, as Prometheus has it. */
export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

const PREFIX = 'redis_work_queue';

/** A number of each queue; of a queue that has none of the kind, undefined. */
interface OfQueue {
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  value(measures: QueueMeasures): number | undefined;
}

const gauge = (help: string, value: OfQueue['value']): OfQueue => ({ type: 'gauge', help, value });
const counter = (help: string, value: OfQueue['value']): OfQueue => ({ type: 'counter', help, value });
const flag = (help: string, is: (measures: QueueMeasures) => boolean) => gauge(help, (each) => Number(is(each)));

/** All that is told of each queue, with the number of each queue as the value of one sample. */
const OF_QUEUES: Readonly<Record<string, OfQueue>> = {
  [ITEMS_WAITING.metric]: gauge(
    'Items that wait for a worker and were never handed out.',
    ({ standing }) => standing.waiting,
  ),
  [`${PREFIX}_items_running`]: gauge('Items in the hands of workers.', ({ standing }) => Math.max(0, standing.leased)),
  [`${PREFIX}_items_retrying`]: gauge('Items that wait for another attempt.', ({ standing }) => standing.retrying),
  [`${PREFIX}_items_dead`]: gauge('Dead letters that are kept.', ({ standing }) => standing.dead),
  [`${PREFIX}_items_expected`]: gauge(
    'Items in all, with those that handlers have added; only once the queue is sealed.',
    ({ standing }) => standing.total,
  ),
  [`${PREFIX}_workers`]: gauge(
    'Worker processes that are alive: they hold a lease.',
    ({ standing }) => standing.workerCount,
  ),
  [`${PREFIX}_sealed`]: flag('Whether nothing more is filled in: 1 or 0.', ({ standing }) => standing.sealed),
  [`${PREFIX}_paused`]: flag('Whether no item is handed out: 1 or 0.', ({ standing }) => standing.paused),
  [`${PREFIX}_cancelled`]: flag('Whether the queue was cancelled: 1 or 0.', ({ standing }) => standing.cancelled),
  [`${PREFIX}_drained`]: flag(
    'Whether the queue is sealed and every item has ended, as done, dead or dropped: 1 or 0.',
    isDrained,
  ),
  [`${PREFIX}_items_claimed_total`]: counter(
    'Items that were handed out, each counted once. Like all counters, it begins anew with another batch.',
    ({ standing }) => standing.claimed,
  ),
  [`${PREFIX}_items_done_total`]: counter('Items that are done.', ({ standing }) => standing.done),
  [`${PREFIX}_items_dropped_total`]: counter(
    'Dead letters that were dropped, and items that were when the queue was cancelled.',
    ({ standing }) => standing.dropped,
  ),
  [`${PREFIX}_items_added_total`]: counter('Items that handlers have added.', ({ standing }) => standing.added),
};

/** All that a reading of a store tells. */
export function familiesOf({ isUp, memory, queues, seconds }: StoreMeasures): Family[] {
  const ofStore = (name: string, help: string, value: number | undefined): Family => ({
    name: `${PREFIX}_${name}`,
    type: 'gauge',
    help,
    samples: value === undefined ? [] : [{ value }],
  });
  return [
    ...Object.entries(OF_QUEUES).map(([name, { type, help, value }]) => ({
      name,
      type,
      help,
      samples: [...queues].flatMap(([queue, measures]) => {
        const number = value(measures);
        return number === undefined ? [] : [{ labels: { [ITEMS_WAITING.label]: queue }, value: number }];
      }),
    })),
    attemptDurations(queues),
    ofStore('store_memory_used_bytes', 'Memory that Redis uses, as far as it counts against its limit.', memory?.used),
    ofStore(
      'store_memory_max_bytes',
      'The maxmemory of Redis, at which fills are refused; only where it has one.',
      memory?.max,
    ),
    ofStore('store_up', 'Whether Redis has answered: 1 or 0.', Number(isUp)),
    ofStore('scrape_duration_seconds', 'How long it took to read all of this from Redis.', seconds),
  ].filter(({ samples }) => samples.length > 0);
}

function attemptDurations(queues: StoreMeasures['queues']): Family {
  const samples = [...queues].flatMap(([queue, { durations }]) =>
    (['done', 'failed'] as const).flatMap((outcome) => {
      const labels = { [ITEMS_WAITING.label]: queue, outcome };
      const { buckets, count, sum } = durations[outcome];
      return [
        ...buckets.map(({ le, count }) => ({ suffix: '_bucket', labels: { ...labels, le: bound(le) }, value: count })),
        { suffix: '_sum', labels, value: sum },
        { suffix: '_count', labels, value: count },
      ];
    }),
  );
  return {
    name: `${PREFIX}_attempt_duration_seconds`,
    type: 'histogram',
    help: 'How long attempts at items took, by how they ended.',
    samples,
  };
}

const bound = (le: number) => (le === Number.POSITIVE_INFINITY ? '+Inf' : String(le));

function isDrained({ standing }: QueueMeasures): boolean {
  const { sealed, cancelled, total = 0, waiting, leased, retrying, claimed, finalizer } = standing;
  if (!sealed || cancelled || waiting + leased + retrying > 0 || claimed < total) return false;
  return finalizer !== 'pending' && finalizer !== 'running' && finalizer !== 'retrying';
}
