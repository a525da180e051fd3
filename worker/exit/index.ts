export { endExpression, noteFilled, ownExit, ownExitOnImport, refuseThread } from './own-exit';
export { finishWithin, stopPlan } from './stop-plan';
export { writeTerminationMessage } from './termination-message';
