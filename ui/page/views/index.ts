export { Queues } from './queue-list';
