export { FillJob, HashedFillJob } from './fill-job';
export type { FillJobProps } from './fill-job-props';
export { FILL_POD } from './fill-pod';
export { FillerJob } from './filler-job';
export type { QueueFiller } from './queue-filler';
export { FILLER } from './queue-filler-table';
export { queueOfRun, RunFill, type RunFillParts } from './run-fill';
