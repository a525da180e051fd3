export { fill, seal } from './fill';
export { type ItemSource, openItems } from './item-source';
