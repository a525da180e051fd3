export { endExpression, noteFilled, noteStarted, ownExit, ownExitOnImport, refuseThread } from './own-exit';
export { finishWithin, stopPlan } from './stop-plan';
export { writeTerminationMessage } from './termination-message';
