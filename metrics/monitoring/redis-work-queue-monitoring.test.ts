import { App, Chart, Duration, Testing } from 'cdk8s';
import { InvalidPropError } from '../../lib';
import { RedisWorkQueueMonitoring, type RedisWorkQueueMonitoringProps } from '.';

// biome-ignore lint/suspicious/noExplicitAny: as Testing.synth returns them
type Manifest = any;

function made(props?: RedisWorkQueueMonitoringProps): Manifest[] {
  const chart = new Chart(new App(), 'monitoring', { namespace: 'monitoring' });
  new RedisWorkQueueMonitoring(chart, 'queues', props);
  return Testing.synth(chart);
}

test('a dashboard and rules are made, labelled as Grafana and a Prometheus look for them', () => {
  const props: Required<RedisWorkQueueMonitoringProps> = {
    jobs: ['fruit', 'nightly-.*'],
    dashboard: true,
    dashboardLabels: { grafana_dashboard: 'jobs' },
    rules: true,
    ruleLabels: { release: 'kube-prometheus-stack' },
    alertLabels: { team: 'media' },
    stalledAfter: Duration.hours(2),
  };
  const [dashboard, rules] = made(props);
  expect(dashboard).toMatchObject({ kind: 'ConfigMap', metadata: { labels: { grafana_dashboard: 'jobs' } } });
  expect(rules).toMatchObject({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { namespace: 'monitoring', labels: { release: 'kube-prometheus-stack' } },
  });
  const all: Manifest[] = rules.spec.groups[0].rules;
  expect(all.every(({ labels }) => labels.team === 'media' && /^(warning|critical)$/.test(labels.severity))).toBe(true);
  expect(all.find(({ alert }) => alert === 'RedisWorkQueueStalled').for).toBe('7200s');
  expect(all.find(({ alert }) => alert === 'RedisWorkQueueJobFailed').expr).toContain('job_name=~"fruit|nightly-.*"');
  expect(dashboard.data['redis-work-queues.json']).toContain('fruit|nightly-.*');
});

test('without props all is there but an alert of Jobs', () => {
  const [dashboard, rules] = made();
  expect(dashboard.metadata.labels.grafana_dashboard).toBe('1');
  expect(rules.spec.groups[0].rules.map(({ alert }: Manifest) => alert)).toEqual([
    'RedisWorkQueueDeadLetters',
    'RedisWorkQueueStalled',
    'RedisWorkQueueNoWorkers',
    'RedisWorkQueueDataLost',
    'RedisWorkQueueStoreNearlyFull',
    'RedisWorkQueueStoreDown',
  ]);
});

test('either may be left out', () => {
  expect(made({ dashboard: false }).map(({ kind }) => kind)).toEqual(['PrometheusRule']);
  expect(made({ rules: false }).map(({ kind }) => kind)).toEqual(['ConfigMap']);
});

test('panels neither overlap nor leave the 24 columns of a dashboard', () => {
  const { panels } = JSON.parse(made()[0].data['redis-work-queues.json']);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }: Manifest) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.every(({ gridPos: { x, w } }: Manifest) => x + w <= 24)).toBe(true);
});

test.each<[object, RegExp]>([
  [{ jobs: 'fruit' }, /jobs is "fruit"\. It must be an array of names of Jobs/],
  [{ jobs: ['fruit"} or up{a="'] }, /jobs\[0\] is .*It must be the name of a Job, or a regular expression/],
  [{ jobs: ['fruit('] }, /jobs\[0\] is "fruit\("/],
  [{ rules: 'yes' }, /rules is "yes"/],
  [{ dashboardLabels: { a: 'b c' } }, /dashboardLabels\["a"\] is "b c"/],
  [{ stalledAfter: 600 }, /stalledAfter is 600\. It must be a Duration/],
  [{ stalledAfter: Duration.millis(1) }, /stalledAfter is "1 ms"\. It must be whole seconds/],
  [{ dashboard: false, dashboardLabels: {} }, /They are labels of the dashboard, and `dashboard` is false/],
  [{ rules: false, alertLabels: {} }, /It is for the rules, and `rules` is false/],
  [{ alerts: true }, /alerts is true\. .*It is `rules`/],
  [{ stalledafter: Duration.hours(1) }, /Did you mean "stalledAfter"\?/],
])('%j is refused', (props, message) => {
  expect(() => made(props)).toThrow(message);
  expect(() => made(props)).toThrow(InvalidPropError);
});
