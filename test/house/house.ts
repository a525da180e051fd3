import type { House } from './broken-rules';

const SYNTH = ['cdk8s', 'constructs'];

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
  lib: {
    imports: ['worker/contract.ts', 'worker/scripts/'],
    packages: [...SYNTH, 'esbuild', 'fflate'],
    floors: [
      ['invalid-prop.ts'],
      ['kubernetes', 'tree'],
      ['props'],
      ['store'],
      ['entry'],
      ['pod'],
      ['fill'],
      ['workers'],
      ['job'],
      ['deployment', 'cron-job'],
      ['index.ts'],
    ],
  },
  testing: { imports: ['worker'], packages: [] },
  local: {
    imports: ['package.json', 'worker'],
    packages: ['yaml'],
    floors: [
      ['kill-with-parent.ts', 'tcp-proxy.ts'],
      ['redis', 'kubelet'],
      ['redis-cluster', 'redis-sentinel', 'redis-members', 'job-controller'],
      ['cluster'],
    ],
  },
  cli: {
    imports: ['package.json', 'worker', 'lib/props/closest.ts', 'lib/kubernetes/spot-nodes.ts', 'local'],
    packages: ['commander', 'esbuild', 'ioredis', 'string-width', 'yaml'],
    floors: [
      ['exit-codes.ts', 'screen.ts', 'text'],
      ['failures.ts', 'context.ts'],
      ['kubectl.ts', 'containers.ts'],
      ['queue'],
      ['fill', 'status', 'care', 'scale', 'explain', 'init'],
      ['run'],
      ['completion.ts'],
      ['program.ts'],
      ['main.ts'],
    ],
  },
  examples: { imports: ['lib/index.ts', 'worker'] },
  'main.ts': { imports: ['lib/index.ts'] },
  'demo.ts': { imports: ['package.json', 'worker', 'local', 'cli/screen.ts'] },
  docs: { imports: ['worker', 'worker/scripts/', 'local'] },
  test: {
    imports: ['worker', 'lib', 'testing', 'local', 'docs'],
    pastFaces: true,
  },
  bench: { imports: ['worker', 'lib/index.ts', 'local', 'docs/pictures/'] },
  chaos: { imports: ['package.json', 'worker', 'lib/index.ts', 'local'], packages: ['cdk8s'] },
  e2e: { imports: ['cli/screen.ts'], packages: ['yaml'] },
  '.ci': { imports: ['worker', 'lib/index.ts'] },
};
