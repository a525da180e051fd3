export { type Bundle, bundleEntry, type QueueOfChart } from './bundle';
export type { BundlingOptions } from './bundling-options';
export { BUNDLING } from './bundling-table';
export { type BundleRun, DEFAULT_NODE_IMAGE, EntryBundle } from './entry-bundle';
export { exporterProgram } from './exporter-file';
export { OWN_DIRECTORY, type OwnProgram, ownProgram } from './own-program';
export type { QueueInCode } from './queue-in-code';
