/**
 * `cdk8s-redis-work-queue/metrics`: what a chart makes of the metrics of queues.
 *
 * @packageDocumentation
 */

export { RedisWorkQueueMonitoring, type RedisWorkQueueMonitoringProps } from './monitoring';
