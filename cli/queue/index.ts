export { requireQueue } from './existing-queue';
export { type QueueOptions, queueName, type StoreOptions, withQueue, withStore } from './open-queue';
export { parseKubeService } from './port-forward';
export {
  awaitsFinalizer,
  ended,
  isOver,
  left,
  lost,
  memoryOf,
  progressOf,
  type QueueProgress,
  rateOf,
  total,
  verdictOf,
} from './queue-progress';
export { RateMeter } from './rate-meter';
