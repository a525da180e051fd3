import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';
import type { QueueState } from '../api';

export function stateOf(status: QueueStatus): QueueState {
  const { waiting, leased, retrying, sealed, claimed, cancelled, paused, dead, workerCount } = status;
  if (cancelled) return 'cancelled';
  if (!sealed && claimed === 0) return waiting === 0 ? 'empty' : 'filling';
  if (waiting + leased + retrying === 0) return dead > 0 ? 'failed' : 'drained';
  if (paused) return 'paused';
  return workerCount > 0 ? 'running' : 'idle';
}
