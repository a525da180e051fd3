export { type Bundle, bundleEntry, type QueueOfChart } from './bundle';
export type { BundlingOptions } from './bundling-options';
export { BUNDLING } from './bundling-table';
export { DEFAULT_NODE_IMAGE, EntryBundle } from './entry-bundle';
export { exporterProgram } from './exporter-file';
export type { QueueInCode } from './queue-in-code';
