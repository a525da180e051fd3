export { clock, moment } from './moments';
export { bytes, count, countOf, duration, percent, perSecond } from './quantities';
export { ended, isOver, known, left, STATES } from './states';
