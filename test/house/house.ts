import type { House } from './broken-rules';

const SYNTH = ['cdk8s', 'cdk8s-plus-27', 'constructs'];

/** Who may import whom (CONTRIBUTING.md). A new room or wing gets its row here. */
export const HOUSE: House = {
  'package.json': { imports: [] },
  worker: {
    imports: [],
    packages: ['ioredis'],
    floors: [
      ['contract.ts'],
      ['errors'],
      ['log'],
      ['exit', 'settings'],
      ['definition'],
      ['scripts'],
      ['redis'],
      ['attempt'],
      ['work-queue', 'lease'],
      ['drain'],
      ['process'],
      ['queue.ts'],
      ['library.ts'],
      ['index.ts'],
    ],
  },
  lib: { imports: ['worker/contract.ts', 'worker/scripts/'], packages: [...SYNTH, 'esbuild', 'fflate'] },
  testing: { imports: ['worker'], packages: [] },
  terminal: { imports: [], packages: [] },
  'local-redis': { imports: [], packages: [] },
  'local-workers': { imports: ['worker'], packages: [] },
  cli: {
    imports: ['package.json', 'worker', 'lib/props/closest.ts', 'terminal', 'local-redis', 'local-workers'],
    packages: ['commander', 'esbuild', 'ioredis', 'string-width', 'yaml'],
  },
  demo: { imports: ['package.json', 'worker', 'terminal', 'local-redis', 'local-workers'] },
  examples: { imports: ['lib/index.ts', 'worker'] },
  'main.ts': { imports: ['lib/index.ts'] },
  docs: { imports: ['worker', 'worker/scripts/'] },
  test: {
    imports: ['worker', 'lib', 'testing', 'local-redis', 'demo', 'docs'],
    pastFaces: true,
  },
  bench: { imports: ['worker', 'lib/index.ts', 'local-redis', 'docs/pictures/'] },
  chaos: { imports: ['package.json', 'worker', 'local-redis', 'test/tcp-proxy.ts', 'test/append-only-file.ts'] },
  '.ci': { imports: ['worker', 'lib/index.ts'] },
};
