export { refuseOtherFills, refuseOthersOfItsNames } from './conflicts';
export { leaveTree } from './leave-tree';
