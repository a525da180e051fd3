export { init } from './init';
