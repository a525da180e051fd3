export { type UiOptions, UiServer } from './ui-server';
