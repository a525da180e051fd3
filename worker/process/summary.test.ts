import { summaryOf } from './summary';

const tally = { started: 12, done: 9, failed: 2, dead: 1, stale: 0 };

describe('the summary', () => {
  test('says how it ended, what this worker did and how the queue stands', () => {
    const counts = { claimed: 20, done: 19, dead: 1, dropped: 0 };
    expect(summaryOf('Queue empty, but 1 item is a dead letter', 80, tally, 12.34, counts)).toBe(
      'Queue empty, but 1 item is a dead letter (exit 80); this worker: 9 done, 2 failed attempts, 1 dead letter in 12.3 s; queue: 20 items, 19 done, 1 dead',
    );
  });

  test('says nothing of a queue that it does not know', () => {
    expect(summaryOf('Unexpected', 1, tally, 0)).not.toContain('queue:');
  });

  test('does not take what was handed out for all there is where items are left', () => {
    const counts = { claimed: 20, done: 19, dead: 0, dropped: 0 };
    expect(summaryOf('Ended by SIGTERM, items are left', 143, tally, 1, counts)).toMatch(
      /; queue: 20 items handed out, 19 done, 0 dead$/,
    );
  });

  test('names what counted for nothing, and what was dropped', () => {
    const counts = { claimed: 3, done: 1, dead: 1, dropped: 1 };
    const summary = summaryOf('Queue empty', 0, { ...tally, stale: 2 }, 1, counts);
    expect(summary).toContain('2 not counted, because another worker had them');
    expect(summary).toContain('1 dropped');
  });
});
