export { type FillerItems, type FillerOptions, runFiller } from './run-filler';
export { runWorker, runWorkerFor } from './run-worker';
export { type Ended, type StartedWorker, type StopOptions, startWorker, type WorkerTally } from './start-worker';
export type { BatchWorkerOptions, WorkerOptions } from './worker-options';
