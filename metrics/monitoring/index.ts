export { RedisWorkQueueMonitoring } from './redis-work-queue-monitoring';
export type { RedisWorkQueueMonitoringProps } from './redis-work-queue-monitoring-props';
