const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/global-setup.ts',
  // Tests wait for processes and servers far more than they compute.
  maxWorkers: 2 * availableParallelism(),
  testSequencer: '<rootDir>/test/longest-first.js',
  // Only a hang takes as long, also on a machine with much to do.
  testTimeout: 300_000,
  roots: ['<rootDir>'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/build/', '/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^cdk8s-redis-work-queue$': '<rootDir>/lib/index.ts',
    '^cdk8s-redis-work-queue/metrics$': '<rootDir>/metrics/index.ts',
    // Built, because the runtime starts a thread from its own file.
    '^cdk8s-redis-work-queue/queue$': '<rootDir>/build/worker/queue.js',
    '^cdk8s-redis-work-queue/(worker|testing|otel|bull-board)$': '<rootDir>/build/$1/index.js',
  },
};
