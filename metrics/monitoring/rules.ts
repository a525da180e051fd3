import { left, movement, ofJob, ofQueue } from './queries';

/** A rule that alerts, as Prometheus has it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly [label: string]: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** What the rules are made by. */
export interface RulesOptions {
  /** So many seconds a queue may stand still. */
  readonly stalledAfter: number;
  /** Regular expression for the names of Jobs, if any are watched. */
  readonly jobs?: string;
  /** Labels of each alert. */
  readonly labels: { readonly [label: string]: string };
}

const QUEUE = 'The queue {{ $labels.queue }}';
const NOT_PAUSED = `unless on (namespace, queue) (${ofQueue('paused')} == 1)`;

/** What to be told of. */
export function alertRules({ stalledAfter, jobs, labels }: RulesOptions): AlertRule[] {
  const alert = (
    name: string,
    severity: 'warning' | 'critical',
    wait: string,
    expr: string,
    summary: string,
    description: string,
  ): AlertRule => ({
    alert: `RedisWorkQueue${name}`,
    expr,
    for: wait,
    labels: { severity, ...labels },
    annotations: { summary, description },
  });
  const window = Math.max(1, Math.ceil(stalledAfter / 2));
  return [
    alert(
      'DeadLetters',
      'warning',
      '1m',
      `${ofQueue('items_dead')} > 0`,
      `${QUEUE} has dead letters.`,
      '{{ $value }} items are given up. `rwq dead list` says why, `rwq dead retry` has them tried again.',
    ),
    alert(
      'Stalled',
      'warning',
      `${stalledAfter}s`,
      `(${left()}) > 0 and on (namespace, queue) (${movement(`${window}s`)}) == 0 ${NOT_PAUSED}`,
      `${QUEUE} stands still.`,
      '{{ $value }} items are left, and none has ended for some time. `rwq status` shows what workers hold.',
    ),
    alert(
      'NoWorkers',
      'warning',
      '5m',
      `(${left()}) > 0 and on (namespace, queue) ${ofQueue('workers')} == 0 ${NOT_PAUSED}`,
      `${QUEUE} has no workers.`,
      '{{ $value }} items are left, and no worker is there. Look at the Job and its pods.',
    ),
    alert(
      'DataLost',
      'critical',
      '1m',
      `(${ofQueue('items_expected')} - ${ofQueue('items_claimed_total')}) > 0 and on (namespace, queue) (${left()}) == 0`,
      `${QUEUE} has lost items.`,
      '{{ $value }} items that were sealed are missing. Its workers end with 82.',
    ),
    alert(
      'StoreNearlyFull',
      'warning',
      '5m',
      'redis_work_queue_store_memory_used_bytes / redis_work_queue_store_memory_max_bytes > 0.9',
      'The Redis of work queues is nearly full.',
      '{{ $value | humanizePercentage }} of its memory is used by {{ $labels.namespace }}/{{ $labels.pod }}. When it is full, fills are refused.',
    ),
    alert(
      'StoreDown',
      'critical',
      '2m',
      'redis_work_queue_store_up == 0',
      'The Redis of work queues does not answer.',
      'Workers wait for {{ $labels.namespace }}/{{ $labels.pod }} for their storeTimeout, and end with 84 then.',
    ),
    ...(jobs === undefined
      ? []
      : [
          alert(
            'JobFailed',
            'critical',
            '0s',
            `${ofJob('failed', `{condition="true",job_name=~"${jobs}"}`)} == 1`,
            'The Job {{ $labels.job_name }} has failed.',
            'Its queue keeps what is left. The exit code of its last pod says why: docs/guarantees.md.',
          ),
        ]),
  ];
}
