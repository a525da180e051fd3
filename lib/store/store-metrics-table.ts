import { type At, flag, image, labels, networkPolicyPeers, type Table } from '../props';
import type { StoreMetricsProps } from './store-metrics-props';

const NO_METRICS = { metrics: 'There are no metrics without the sidecar that serves them: metrics: true.' };

/** What a made store tells Prometheus. */
export const STORE_METRICS: Table<StoreMetricsProps> = {
  metrics: { is: flag },
  metricsImage: { is: image, onlyWith: NO_METRICS },
  metricsPeers: { is: networkPolicyPeers, onlyWith: NO_METRICS },
  podMonitor: { is: flag, onlyWith: NO_METRICS },
  podMonitorLabels: {
    is: labels,
    onlyWith: { podMonitor: 'They are labels of the PodMonitor, and there is none: podMonitor: true.' },
  },
};

/** Refuses peers of a policy that is not made. */
export function checkMetricsPeers(
  { networkPolicy, metricsPeers }: StoreMetricsProps & { readonly networkPolicy?: boolean },
  at: At,
): void {
  if (networkPolicy !== false || !metricsPeers) return;
  throw at
    .prop('metricsPeers')
    .refusal(metricsPeers, 'It is a part of the NetworkPolicy, and `networkPolicy` is false. Remove one of them.');
}

const METRICS = 'It is `metrics: true`, which serves them on port 9464 of the pod.';
const POD_MONITOR = 'It is `podMonitor: true`, with `podMonitorLabels`: { release: "kube-prometheus-stack" }.';

/** What people give to get metrics. */
export const METRICS_FOREIGN = {
  exporter: METRICS,
  monitoring: METRICS,
  prometheus: METRICS,
  serviceMonitor: POD_MONITOR,
};
