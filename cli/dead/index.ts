export { drop, retry } from './change';
export { type Group, groupsOf } from './groups';
export { list } from './list';
export { show } from './show';
