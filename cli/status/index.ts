export { statusJson } from './status-json';
