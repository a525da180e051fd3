export { inheritedEnvironment } from './crew';
export { requireRedisServer } from './require-redis-server';
export { run } from './run';
export { prepareWorker, type WorkerProgram } from './worker-program';
