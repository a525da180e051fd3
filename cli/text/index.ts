export { type LiveText, measure, openLiveLine, openLiveScreen } from './live-text';
export {
  payloadEndsLine,
  payloadFields,
  payloadLine,
  severalLines,
  utf8,
  visible,
  wholePayloadLine,
} from './payload-text';
export { progressBar, sparkline } from './progress-bar';
export { are, count, countOf, duration, items, mebibytesOf, perSecond } from './quantities';
export { shellWord } from './shell-word';
export { timeSpan } from './time-span';
