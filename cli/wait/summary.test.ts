import type { QueueStatus } from 'cdk8s-redis-work-queue/worker';
import { markdownSummary } from './summary';

const STATUS: QueueStatus = {
  ...{ waiting: 0, leased: 0, retrying: 0, done: 1_204, dead: 41, dropped: 0, claimed: 1_245, added: 0 },
  ...{ sealed: true, total: 1_245, batch: undefined, paused: false, slowedFor: 0, cancelled: false },
  ...{ finalizer: undefined, clock: 83_000, workerCount: 0, workers: [], memory: undefined },
};

test('counts, how long it took, and failures by kind', () => {
  const failures = [
    { kind: 'Error: HTTP 503 for https://…', reason: 'handler' as const, count: 40, ids: [3, 9, 12] },
    { kind: 'a|b <b>*c*</b> `d`\n# e', reason: 'crash' as const, count: 1, ids: [7] },
  ];
  const ending = { code: 80, what: 'Queue empty, but 41 items are dead letters' };
  expect(markdownSummary('fruit_salad', ending, STATUS, failures).split('\n')).toEqual([
    '### ❌ fruit\\_salad: Queue empty\\, but 41 items are dead letters',
    '',
    '| done | dead | dropped | waiting | running | retrying |',
    '|--:|--:|--:|--:|--:|--:|',
    '| 1,204 | 41 | 0 | 0 | 0 | 0 |',
    '',
    '1,245 items in 1 min 23 s with workers, 15/s.',
    '',
    '| dead letters | reason | failure | ids |',
    '|--:|---|---|---|',
    '| 40 | handler | Error\\: HTTP 503 for https\\:\\/\\/… | 3, 9, 12 … |',
    '| 1 | crash | a\\|b \\<b\\>\\*c\\*\\<\\/b\\> \\`d\\`\\\\n\\# e | 7 |',
    '',
    'Exit code 80.',
    '',
  ]);
});

test('of a queue that nobody has seen, what is known', () => {
  expect(markdownSummary('q', { code: 0, what: 'Queue empty' }, undefined, [])).toBe(
    '### ✅ q: Queue empty\n\nExit code 0.\n',
  );
});

test('kinds that have no room are counted', () => {
  const failures = Array.from({ length: 60 }, (_, i) => ({
    kind: `k${i}`,
    reason: 'handler' as const,
    count: 1,
    ids: [i],
  }));
  const text = markdownSummary('q', { code: 80, what: 'x' }, STATUS, failures);
  expect(text.match(/\| handler \|/g)).toHaveLength(50);
  expect(text).toContain('And 10 more kinds.');
});
