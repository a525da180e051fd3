export type { HorizontalPodAutoscalerProps } from './horizontal-pod-autoscaler';
export type { PodDisruptionBudgetProps } from './pod-disruption-budget';
export { RedisWorkQueueDeployment } from './redis-work-queue-deployment';
export type { RedisWorkQueueDeploymentProps } from './redis-work-queue-deployment-props';
export type { ScaledObjectProps } from './scaled-object';
export type { DeploymentStrategy, RollingUpdate } from './strategy';
