import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';

/** What Kubernetes 1.27 takes of each kind of object that there is in a chart of ours. */
// biome-ignore lint/suspicious/noExplicitAny: the validators take what a manifest holds
export const MODELS: Record<string, new (manifest: any) => { validate(): void }> = {
  ConfigMap: core.ConfigMap,
  CronJob: batch.CronJob,
  Deployment: apps.Deployment,
  HorizontalPodAutoscaler: autoscaling.HorizontalPodAutoscaler,
  Job: batch.Job,
  NetworkPolicy: networking.NetworkPolicy,
  Pod: core.Pod,
  PodDisruptionBudget: policy.PodDisruptionBudget,
  Service: core.Service,
  StatefulSet: apps.StatefulSet,
};
