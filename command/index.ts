export { COMMAND_DEFAULTS, type CommandSpec, type Input, readCommandSpec } from './command-spec';
export { payloadText, wordProblem } from './payload-text';
export { findProgram, missingProgram } from './start-problem';
export { type Filling, fillWord, fillWords, hasPlace } from './words';
