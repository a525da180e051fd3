import { attempts, left, ofJob, ofQueue, progress, quantile, rate, timeLeft } from './queries';

/** A query of a panel, and what its lines are called. */
interface Target {
  readonly expr: string;
  readonly legend: string;
}

interface PanelOptions {
  readonly title: string;
  readonly description?: string;
  readonly type: 'bargauge' | 'stat' | 'timeseries' | 'table';
  /** Of 24 columns. */
  readonly width: number;
  readonly height: number;
  readonly unit?: string;
  readonly max?: number;
  /** Only the last value of each line. */
  readonly instant?: boolean;
  readonly stacked?: boolean;
  readonly targets: readonly Target[];
}

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
const LABELS = '{namespace=~"$namespace",queue=~"$queue"}';
const OF_STORES = '{namespace=~"$namespace"}';
const RANGE = '$__rate_interval';
const QUEUE = '{{queue}}';

const of = (expr: string, legend = QUEUE): Target => ({ expr, legend });

/** The panels, from left to right and from top to bottom. */
function panelsFor(jobs: string): readonly PanelOptions[] {
  const ofJobs = `{namespace=~"$namespace",job_name=~"${jobs}"}`;
  const chart = { type: 'timeseries', width: 12, height: 8 } as const;
  const number = { type: 'stat', width: 4, height: 6, instant: true } as const;
  return [
    {
      title: 'Progress',
      description: 'The part of all items that has ended, as done, dead or dropped.',
      ...{ type: 'bargauge', width: 12, height: 6, unit: 'percentunit', max: 1, instant: true },
      targets: [of(progress(LABELS))],
    },
    {
      title: 'Time left',
      description: 'At the rate of the last minutes.',
      ...{ ...number, unit: 's' },
      targets: [of(timeLeft(LABELS, RANGE))],
    },
    { title: 'Dead letters', ...number, targets: [of(ofQueue('items_dead', LABELS))] },
    { title: 'Workers', ...number, targets: [of(ofQueue('workers', LABELS))] },
    {
      title: 'Items left',
      ...chart,
      stacked: true,
      targets: [
        of(ofQueue('items_waiting', LABELS), `${QUEUE} waiting`),
        of(ofQueue('items_running', LABELS), `${QUEUE} running`),
        of(ofQueue('items_retrying', LABELS), `${QUEUE} retrying`),
      ],
    },
    {
      title: 'Rate',
      ...{ ...chart, unit: 'ops' },
      targets: [
        of(rate(LABELS, RANGE), `${QUEUE} done`),
        of(attempts('failed', LABELS, RANGE), `${QUEUE} failed attempts`),
      ],
    },
    {
      title: 'How long attempts take that end well',
      ...{ ...chart, unit: 's' },
      targets: [0.5, 0.95, 0.99].map((part) => of(quantile(part, LABELS, RANGE), `${QUEUE} p${100 * part}`)),
    },
    {
      title: 'Workers and dead letters over time',
      ...chart,
      targets: [
        of(ofQueue('workers', LABELS), `${QUEUE} workers`),
        of(ofQueue('items_dead', LABELS), `${QUEUE} dead letters`),
      ],
    },
    {
      title: 'Memory of Redis',
      description: 'At its limit, fills are refused; workers go on.',
      ...{ ...chart, unit: 'bytes' },
      targets: [
        of(`redis_work_queue_store_memory_used_bytes${OF_STORES}`, '{{pod}} {{instance}} used'),
        of(`redis_work_queue_store_memory_max_bytes${OF_STORES}`, '{{pod}} {{instance}} limit'),
      ],
    },
    {
      title: 'Jobs',
      description: 'By kube-state-metrics.',
      ...chart,
      targets: [
        of(ofJob('status_active', ofJobs), '{{job_name}} active pods'),
        of(ofJob('status_succeeded', ofJobs), '{{job_name}} succeeded pods'),
        of(ofJob('status_failed', ofJobs), '{{job_name}} failed pods'),
      ],
    },
    {
      title: 'Queues',
      ...{ type: 'table', width: 12, height: 8, instant: true },
      targets: [of(left(LABELS), 'left'), of(ofQueue('drained', LABELS), 'drained')],
    },
    {
      title: 'Jobs that are Complete',
      description: 'By kube-state-metrics: 1 once all work is done.',
      ...{ type: 'stat', width: 12, height: 8, instant: true },
      targets: [of(ofJob('complete', `{condition="true",${ofJobs.slice(1)}`), '{{job_name}}')],
    },
  ];
}

/**
 * A dashboard of Grafana.
 *
 * @param jobs regular expression for the names of Jobs
 */
export function dashboard(jobs: string): object {
  return {
    uid: 'redis-work-queue',
    title: 'Redis work queues',
    tags: ['redis-work-queue'],
    schemaVersion: 39,
    editable: true,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
        variable('namespace', 'Namespace', 'label_values(redis_work_queue_store_up, namespace)'),
        variable('queue', 'Queue', 'label_values(redis_work_queue_items_waiting{namespace=~"$namespace"}, queue)'),
      ],
    },
    panels: placed(panelsFor(jobs)),
  };
}

function variable(name: string, label: string, query: string): object {
  return {
    ...{ name, label, type: 'query', datasource: DATASOURCE, query: { query, refId: name }, refresh: 2, sort: 1 },
    ...{ multi: true, includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' } },
  };
}

function placed(panels: readonly PanelOptions[]): object[] {
  let [x, y, deepest] = [0, 0, 0];
  return panels.map((panel, index) => {
    if (x + panel.width > 24) [x, y] = [0, deepest];
    const gridPos = { x, y, w: panel.width, h: panel.height };
    x += panel.width;
    deepest = Math.max(deepest, y + panel.height);
    return rendered(panel, index + 1, gridPos);
  });
}

function rendered(
  { title, description, type, unit, max, instant, stacked, targets }: PanelOptions,
  id: number,
  gridPos: object,
) {
  return {
    ...{ id, title, type, gridPos, datasource: DATASOURCE },
    ...(description && { description }),
    fieldConfig: {
      defaults: {
        min: 0,
        ...(max !== undefined && { max }),
        ...(unit && { unit }),
        ...(stacked && { custom: { fillOpacity: 30, stacking: { mode: 'normal' } } }),
      },
      overrides: [],
    },
    ...(type === 'stat' || type === 'bargauge'
      ? { options: { orientation: 'horizontal', reduceOptions: { calcs: ['lastNotNull'] } } }
      : {}),
    targets: targets.map(({ expr, legend }, index) => ({
      ...{ refId: String.fromCharCode(65 + index), datasource: DATASOURCE, expr, legendFormat: legend },
      ...(instant ? { instant: true, range: false, ...(type === 'table' && { format: 'table' }) } : { range: true }),
    })),
  };
}
