import { flag, type Kind, kind, labels, list, type Shape, seconds, shape } from '../../lib/props';
import type { RedisWorkQueueMonitoringProps } from './redis-work-queue-monitoring-props';

const NO_DASHBOARD = 'They are labels of the dashboard, and `dashboard` is false. Remove one of them.';
const NO_RULES = 'It is for the rules, and `rules` is false. Remove one of them.';

/** What stands between quotes in a query. */
const jobName: Kind<string> = kind(
  (given) => typeof given === 'string' && /^[a-z0-9.*+?|()[\]-]+$/.test(given) && isExpression(given),
  'It must be the name of a Job, or a regular expression for names: "fruit", "fruit-.*".',
);

function isExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

const JOBS = 'It is `jobs`: ["fruit-.*"], names of Jobs.';

/** The props of `RedisWorkQueueMonitoring`. */
export const MONITORING: Shape<RedisWorkQueueMonitoringProps> = shape<RedisWorkQueueMonitoringProps>({
  of: 'RedisWorkQueueMonitoring',
  like: '{ jobs: ["fruit-.*"] }',
  props: {
    jobs: { is: list(jobName, 'an array of names of Jobs: ["fruit-.*"]') },
    dashboard: { is: flag },
    dashboardLabels: { is: labels },
    rules: { is: flag },
    ruleLabels: { is: labels },
    alertLabels: { is: labels },
    stalledAfter: { is: seconds(1) },
  },
  foreign: {
    job: JOBS,
    jobName: JOBS,
    jobNames: JOBS,
    alerts: 'It is `rules`, which makes a PrometheusRule with alerts.',
    labels:
      'Labels are `dashboardLabels`, `ruleLabels` and `alertLabels`; those of all objects are `labels` of the chart.',
    podMonitor: 'It is a prop of the store: RedisStore.pod(chart, "redis", { metrics: true, podMonitor: true }).',
  },
  together({ dashboard, dashboardLabels, rules, ruleLabels, alertLabels, stalledAfter }, at) {
    if (dashboard === false && dashboardLabels) {
      throw at.prop('dashboardLabels').refusal(dashboardLabels, NO_DASHBOARD);
    }
    if (rules !== false) return;
    if (ruleLabels) throw at.prop('ruleLabels').refusal(ruleLabels, NO_RULES);
    if (alertLabels) throw at.prop('alertLabels').refusal(alertLabels, NO_RULES);
    if (stalledAfter) throw at.prop('stalledAfter').refusal('given', NO_RULES);
  },
});
