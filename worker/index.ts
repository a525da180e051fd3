/**
 * `cdk8s-redis-work-queue/worker`: what a worker and whatever fills its queue import. `cdk8s-redis-work-queue/queue` is
 * {@link defineQueue} and its types alone.
 *
 * @packageDocumentation
 */
import { ownExitOnImport } from './exit';

ownExitOnImport();

export * from './library';
