/** Props of the metadata of Jobs. */
export interface JobMetadataProps {
  /**
   * Further labels of the Job, and of the Job of its fill; not of their pods. Those by which Kueue admits a Job are
   * `kueue`.
   *
   * @default - those of the chart, and what describes the Job under `app.kubernetes.io/`
   * @example jobLabels: { 'example.com/cost-center': '4711' }
   */
  readonly jobLabels?: { readonly [key: string]: string };
  /**
   * Annotations of the Job, and of the Job of its fill; not of their pods.
   *
   * @default - those by which Argo CD and Flux replace a Job whose name is given
   * @example jobAnnotations: { 'argocd.argoproj.io/sync-wave': '1' }
   */
  readonly jobAnnotations?: { readonly [key: string]: string };
}
