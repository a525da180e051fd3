export { type ItemSource, openItems } from './item-source';
