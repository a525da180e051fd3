export { cancel, pause, purge, results, resume } from './care';
export { drop, list, retry, show } from './dead';
