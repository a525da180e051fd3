import { ITEMS_WAITING } from '../../worker/contract';

/** What Prometheus is asked, by the labels that select what is meant: `{queue="fruit"}`, or nothing. */

const BY = `namespace, ${ITEMS_WAITING.label}`;

/** A metric of each queue, whichever pod has told it: after a failover of the store that is another one. */
export const ofQueue = (name: string, labels = '') => `max by (${BY}) (redis_work_queue_${name}${labels})`;

/** Items that have not ended. */
export const left = (labels = '') =>
  ['items_waiting', 'items_running', 'items_retrying'].map((name) => ofQueue(name, labels)).join(' + ');

/** Items that have ended: done, dead or dropped. */
export const ended = (labels = '') =>
  ['items_done_total', 'items_dead', 'items_dropped_total'].map((name) => ofQueue(name, labels)).join(' + ');

/** The part of all items that has ended; of a queue that is not sealed, of those that are known. */
export const progress = (labels = '') =>
  `(${ended(labels)}) / ((${ofQueue('items_expected', labels)} or (${ended(labels)} + ${left(labels)})) > 0)`;

/** Items done in a second. */
export const rate = (labels: string, range: string) =>
  `max by (${BY}) (rate(redis_work_queue_items_done_total${labels}[${range}]))`;

/** Seconds until all items have ended, at this rate. */
export const timeLeft = (labels: string, range: string) => `(${left(labels)}) / (${rate(labels, range)} > 0)`;

/** Attempts in a second that ended in one way. */
export const attempts = (outcome: string, labels: string, range: string) =>
  `max by (${BY}) (rate(redis_work_queue_attempt_duration_seconds_count${withOutcome(outcome, labels)}[${range}]))`;

/** How long attempts took that ended well: so long or less in this part of them. */
export const quantile = (part: number, labels: string, range: string) =>
  `histogram_quantile(${part}, sum by (${BY}, le) (rate(redis_work_queue_attempt_duration_seconds_bucket${withOutcome('done', labels)}[${range}])))`;

/** How many changes there were of what has ended. */
export const movement = (range: string) =>
  ['items_done_total', 'items_dead', 'items_dropped_total']
    .map((name) => `max by (${BY}) (changes(redis_work_queue_${name}[${range}]))`)
    .join(' + ');

/** What kube-state-metrics tells of each Job. */
export const ofJob = (name: string, labels: string) => `max by (namespace, job_name) (kube_job_${name}${labels})`;

function withOutcome(outcome: string, labels: string): string {
  return `{${[`outcome="${outcome}"`, labels.slice(1, -1)].filter(Boolean).join(',')}}`;
}
