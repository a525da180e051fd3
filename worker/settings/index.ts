export { describeGiven } from './given';
export { checkOptions, type OptionNames, optionsProblem } from './options';
export { queueNameProblem } from './queue-name';
export { type Node, type RedisUrl, strayCharacters, withoutPassword } from './redis-url';
export {
  endpointOf,
  readSettings,
  readStoreAccess,
  readStoreAddress,
  type StoreAccess,
  type StoreAddress,
  type WorkerSettings,
} from './settings';
export { workerName } from './worker-name';
