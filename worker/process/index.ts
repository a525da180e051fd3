export { type FillerItems, type FillerOptions, runFiller } from './run-filler';
export { runWorker, type WorkerOptions } from './run-worker';
