export { After } from './after';
export { type IWorkQueue, workQueues } from './after-queues';
export { undefinedIfEmpty, userEnvironment } from './container';
export { GATE_ENVIRONMENT, Gate } from './gate';
export { type ContractContainer, MOST_AFTER, podFailurePolicy } from './pod-failure-policy';
export { checkPodLabels } from './pod-labels';
export { checkProgram, type Program, readProgram, renderProgram } from './program';
export { PROGRAM_FOREIGN, programTable } from './program-table';
export { literal, settingsEnvironment } from './worker-environment';
