/**
 * `cdk8s-redis-work-queue/bull-board`: a queue on a Bull Board. It needs the package `@bull-board/api`, version 9.
 *
 * @packageDocumentation
 */
export { WorkQueueAdapter } from './work-queue-adapter';
