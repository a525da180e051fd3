export { chartName } from './chart-name';
export { refuseOtherFills, refuseOthersOfItsNames } from './conflicts';
export { leaveTree } from './leave-tree';
