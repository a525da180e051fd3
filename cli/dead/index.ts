export { drop, retry } from './change';
export { list } from './list';
export { show } from './show';
