export { cancel, pause, purge, results, resume } from './care';
