export { type Group, groupsOf } from './groups';
