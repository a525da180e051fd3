export { command, examples, queueCommand, type Runner, storeCommand } from './command';
export { queueOption, withStoreOptions } from './store-options';
export { notNegative, positive, timeAhead, timeOrNone, wholeNumber } from './values';
