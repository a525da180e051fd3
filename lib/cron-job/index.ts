export { ConcurrencyPolicy } from './concurrency-policy';
export { RedisWorkQueueCronJob } from './redis-work-queue-cron-job';
export type { RedisWorkQueueCronJobProps } from './redis-work-queue-cron-job-props';
