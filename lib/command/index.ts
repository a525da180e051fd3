export type { CommandProps } from './command-props';
export { commandRun } from './command-run';
export { COMMAND, COMMAND_FOREIGN, checkCommand } from './command-table';
export { RunInput } from './run-input';
