import type { Duration } from 'cdk8s';

/** Props of `RedisWorkQueueMonitoring`. */
export interface RedisWorkQueueMonitoringProps {
  /**
   * Names of Jobs whose state kube-state-metrics tells: the dashboard shows them, and an alert tells when one has failed. Each
   * may be a regular expression, for Jobs whose names end in a hash or a time.
   *
   * @default - the dashboard shows all Jobs, and no alert tells of them
   * @example jobs: ['fruit-.*', 'nightly-.*']
   */
  readonly jobs?: string[];

  /**
   * Whether to make a ConfigMap with a dashboard, as the sidecar of Grafana takes it.
   *
   * @default true
   * @example dashboard: false
   */
  readonly dashboard?: boolean;

  /**
   * Labels of the dashboard's ConfigMap, by which Grafana finds it.
   *
   * @default { grafana_dashboard: '1' }
   * @example dashboardLabels: { grafana_dashboard: 'jobs' }
   */
  readonly dashboardLabels?: { readonly [key: string]: string };

  /**
   * Whether to make a PrometheusRule with alerts. The cluster must know that kind, of the Prometheus Operator.
   *
   * @default true
   * @example rules: false
   */
  readonly rules?: boolean;

  /**
   * Labels of the PrometheusRule, by which a Prometheus may select it.
   *
   * @default - none of its own
   * @example ruleLabels: { release: 'kube-prometheus-stack' }
   */
  readonly ruleLabels?: { readonly [key: string]: string };

  /**
   * Labels of each alert, beside its `severity`.
   *
   * @default - none
   * @example alertLabels: { team: 'media' }
   */
  readonly alertLabels?: { readonly [key: string]: string };

  /**
   * How long no item of a queue may end, while some are left, before an alert calls it stalled. The alert comes up to half as
   * long later. Let it be longer than the longest item.
   *
   * @default Duration.minutes(10)
   * @example stalledAfter: Duration.hours(2)
   */
  readonly stalledAfter?: Duration;
}
