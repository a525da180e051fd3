export { drop, retry } from './change';
export { type Group, groupsOf } from './groups';
export { list } from './list';
export { runHere } from './run-here';
export { show } from './show';
