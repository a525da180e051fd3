export { After } from './after';
export { type IWorkQueue, workQueues } from './after-queues';
export { GATE_ENVIRONMENT, Gate } from './gate';
export { type ContractContainer, MOST_AFTER, podFailurePolicy } from './pod-failure-policy';
export { type Program, readProgram, renderProgram, undefinedIfEmpty } from './program';
export { PROGRAM_FOREIGN, programTable } from './program-table';
export { literal, settingsEnvironment, userEnvironment } from './worker-environment';
