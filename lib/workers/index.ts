export { checkBesideStore } from './beside-store';
export { EGRESS, EGRESS_FOREIGN, type EgressProps, egressPolicy } from './egress-policy';
export { objectsOf, persistentStore, workerBundle, workerProgram } from './worker-objects';
export { checkWorkerPods, workerPods } from './worker-pods';
export type { WorkerProps } from './worker-props';
export { PATCH, WORKERS, WORKERS_FOREIGN } from './worker-table';
export { judgedWorker, podIds, type WorkerParts, workerTemplate } from './worker-template';
