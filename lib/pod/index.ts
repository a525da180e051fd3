export { GATE_ENVIRONMENT, Gate } from './gate';
export { type ContractContainer, podFailurePolicy } from './pod-failure-policy';
export { type Program, readProgram, renderProgram, undefinedIfEmpty } from './program';
export { PROGRAM_FOREIGN, programTable } from './program-table';
export { literal, settingsEnvironment, userEnvironment } from './worker-environment';
