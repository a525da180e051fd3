export { items } from './items';
export { queues } from './queues';
