export { drop, list, retry, show } from './list';
