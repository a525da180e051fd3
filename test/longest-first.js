// The order in which jest starts the test files. Where it knows how long each took, it starts the longest first; in a fresh
// clone it goes by their size. Then the short files that take long would come last, when nothing is left to run beside them.
const Sequencer = require('@jest/test-sequencer').default;
const { existsSync } = require('node:fs');
const { join, relative, sep } = require('node:path');

/** Files that take far longer than their size says; beside those that compute, one that waits. */
const LONGEST = [
  'test/chaos/broken-scripts.test.ts',
  'test/faults/fill-rollback.test.ts',
  'test/protocol/failing-commands.test.ts',
  'test/e2e/suite.test.ts',
  'test/protocol/model.test.ts',
  'test/guides/samples.test.ts',
  'test/guides/commands.test.ts',
  'test/readme.test.ts',
  'test/conformance/with-redis.test.ts',
  'test/conformance/over-http.test.ts',
  'test/conformance/with-python.test.ts',
  'test/ui/page.test.ts',
  'test/endings/job.test.ts',
  'test/faults/lease-thread.test.ts',
  'test/faults/clock.test.ts',
  'test/fleets/promise.test.ts',
  'test/clients/python.test.ts',
  'test/examples/python.test.ts',
  'test/chaos/run.test.ts',
  'test/cli/queue.test.ts',
  'test/replicated/replicated.test.ts',
  'test/examples/stages.test.ts',
  'test/endings/hung.test.ts',
  'test/endings/unreachable.test.ts',
  'test/redis-sentinel.test.ts',
  'test/cluster-failover.test.ts',
  'test/shell-reach.test.ts',
  'test/faults/redis-away.test.ts',
  'test/faults/dead-workers.test.ts',
  'test/endings/undecided.test.ts',
  'test/cli/run.test.ts',
  'test/bench.test.ts',
  'test/drain/model.test.ts',
];

const missing = LONGEST.find((file) => !existsSync(join(__dirname, '..', file)));
if (missing) throw new Error(`test/longest-first.js names ${missing}, and there is no such file.`);

module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path, context }) => {
      const place = LONGEST.indexOf(relative(context.config.rootDir, path).split(sep).join('/'));
      return place < 0 ? LONGEST.length : place;
    };
    // Array.prototype.sort is stable: the others stay as jest has them.
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
};
