import type { NetworkPolicyPeer } from '../kubernetes';

/** What a made store tells Prometheus. */
export interface StoreMetricsProps {
  /**
   * Whether a sidecar serves the metrics of the store and of its queues to Prometheus, on port 9464 of its pod. It is a native
   * sidecar, which Kubernetes has from 1.29 on.
   *
   * @default false
   * @example metrics: true
   */
  readonly metrics?: boolean;

  /**
   * The image that the sidecar runs: one with Node.js 20 or newer.
   *
   * @default 'node:24-alpine'
   * @example metricsImage: 'registry.example/node:24'
   */
  readonly metricsImage?: string;

  /**
   * Who may reach the metrics, as a NetworkPolicy has it.
   *
   * @default - anybody; with `networkPolicy: false` there is no policy
   * @example metricsPeers: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }]
   */
  readonly metricsPeers?: NetworkPolicyPeer[];

  /**
   * Whether a PodMonitor tells the Prometheus Operator to scrape the metrics. The cluster must know that kind.
   *
   * @default false
   * @example podMonitor: true
   */
  readonly podMonitor?: boolean;

  /**
   * Labels of the PodMonitor, by which a Prometheus may select it.
   *
   * @default - those of the store's other objects alone
   * @example podMonitorLabels: { release: 'kube-prometheus-stack' }
   */
  readonly podMonitorLabels?: { readonly [key: string]: string };
}
