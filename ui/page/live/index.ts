export { type Answer, useAnswer } from './answer';
export { type Live, useLive } from './events';
export { change, pathOf } from './requests';
