export { inheritedEnvironment } from './crew';
export { requireRedisServer } from './require-redis-server';
export { prepareWorker, type WorkerProgram } from './worker-program';
