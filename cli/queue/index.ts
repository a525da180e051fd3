export { ended, left, QueueRate, RateMeter, rateOf } from '../../worker/work-queue';
export { requireQueue } from './existing-queue';
export { type QueueOptions, queueName, type StoreOptions, withQueue, withStore } from './open-queue';
export { parseKubeService } from './port-forward';
export {
  awaitsFinalizer,
  isOver,
  lost,
  memoryOf,
  progressOf,
  type QueueProgress,
  total,
  verdictOf,
} from './queue-progress';
