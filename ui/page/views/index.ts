export { Queue } from './queue';
export { Queues } from './queue-list';
