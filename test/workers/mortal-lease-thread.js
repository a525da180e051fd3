/*
 * Loaded before a worker: its lease thread dies. SIGUSR2 ends it; with OUT_OF_MEMORY=N the first N of them get a heap
 * that is too small for it, and large enough that Node itself starts. Each that is started writes a line.
 */
const threads = require('node:worker_threads');

const { Worker } = threads;
let small = Number(process.env.OUT_OF_MEMORY ?? 0);

threads.Worker = class extends Worker {
  constructor(file, options) {
    const isSmall = small-- > 0;
    super(
      file,
      isSmall ? { ...options, resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 5 } } : options,
    );
    console.log(isSmall ? 'a small thread' : 'a thread');
    const end = () => this.terminate();
    process.on('SIGUSR2', end);
    this.on('exit', () => process.off('SIGUSR2', end));
  }
};
