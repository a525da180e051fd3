export { refuseOtherFills, refuseOthersOfItsNames, refuseOthersOfItsPods } from './conflicts';
export { leaveTree } from './leave-tree';
export { isOneStore } from './one-store';
