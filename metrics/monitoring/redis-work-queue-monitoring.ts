import { ApiObject, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { descriptiveLabels, inSeconds, type Labels } from '../../lib/kubernetes';
import { readProps } from '../../lib/props';
import { dashboard } from './dashboard';
import type { RedisWorkQueueMonitoringProps } from './redis-work-queue-monitoring-props';
import { MONITORING } from './redis-work-queue-monitoring-table';
import { alertRules } from './rules';

/**
 * A dashboard of Grafana and alerts of Prometheus for all queues whose metrics Prometheus has, in any namespace. One is enough
 * for a cluster.
 *
 * The metrics come from stores with `metrics: true`, or from `rwq metrics`; the state of Jobs comes from kube-state-metrics.
 *
 * Children: `Dashboard`, a ConfigMap, and `Rules`, a PrometheusRule of the Prometheus Operator.
 *
 * @example
 * new RedisWorkQueueMonitoring(chart, 'monitoring', {
 *   jobs: ['fruit-.*'],
 *   ruleLabels: { release: 'kube-prometheus-stack' },
 * });
 */
export class RedisWorkQueueMonitoring extends Construct {
  /** The ConfigMap with the dashboard, unless it is left out. */
  public readonly dashboard?: ApiObject;
  /** The PrometheusRule, unless it is left out. */
  public readonly rules?: ApiObject;

  /** @throws InvalidPropError */
  constructor(scope: Construct, id: string, props: RedisWorkQueueMonitoringProps = {}) {
    const read = readProps(scope, id, MONITORING, props);
    super(scope, id);
    const { jobs, dashboardLabels = { grafana_dashboard: '1' }, stalledAfter = Duration.minutes(10) } = read;
    const names = jobs?.join('|');
    const object = (child: string, kind: string, apiVersion: string, labels: Labels, content: object) =>
      new ApiObject(this, child, {
        apiVersion,
        kind,
        metadata: { labels: { ...descriptiveLabels(this, DESCRIPTION), ...labels } },
        ...content,
      });
    if (read.dashboard ?? true) {
      this.dashboard = object('Dashboard', 'ConfigMap', 'v1', dashboardLabels, {
        data: { 'redis-work-queues.json': JSON.stringify(dashboard(names ?? '.*'), null, 1) },
      });
    }
    if (read.rules ?? true) {
      const rules = alertRules({
        stalledAfter: inSeconds(stalledAfter),
        ...(names !== undefined && { jobs: names }),
        labels: read.alertLabels ?? {},
      });
      this.rules = object('Rules', 'PrometheusRule', 'monitoring.coreos.com/v1', read.ruleLabels ?? {}, {
        spec: { groups: [{ name: 'redis-work-queue', rules }] },
      });
    }
  }
}

const DESCRIPTION = {
  'app.kubernetes.io/name': 'redis-work-queue',
  'app.kubernetes.io/component': 'monitoring',
};
