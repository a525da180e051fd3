/* Stands for an agent that is loaded by NODE_OPTIONS: it says where it is, and what it needs. */
const { isMainThread } = require('node:worker_threads');

globalThis.agent = Array.from({ length: 500_000 }, (_, index) => ({ index, at: index / 3 }));
console.log(`preloaded in ${isMainThread ? 'the process' : 'a thread of it'}`);
