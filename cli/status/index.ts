export { status } from './status';
export { statusJson } from './status-json';
