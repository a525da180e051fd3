import { MovableClock, NO_MOVABLE_CLOCK } from '../../local/redis';
import { chaos, endRuns } from './chaos-command';

afterAll(endRuns);

/** The same small run, with the kinds of faults that lay the break bare. */
function broken(name: string, only: string, faults: string, ...setting: string[]) {
  const run = `--items 1000 --workers 2 --lease 1000 --patience 20000 --seed 3 ${faults}`;
  return chaos(...run.split(' '), '--only', only, '--broken', name, ...setting);
}

/** Two workers lay most breaks bare; these take others that go on. */
const FOUR = ['--workers', '4'] as const;

/** Noticed, with a last line that tells what; all that the run said stands in the message of a failure. */
function noticed(told: RegExp) {
  return { code: 1, output: expect.any(String), line: expect.stringMatching(told) };
}

describe('scripts that are broken on purpose do not get past the checker', () => {
  test.concurrent('completion without ownership check', async () => {
    const name = 'completion without ownership check';
    const run = await broken(name, 'stopped past its lease', '--faults 3 --every 1200');
    expect(run).toEqual(noticed(/booked twice [1-9]/));
  });

  test.concurrent('claim in two steps', async () => {
    const run = await broken('claim in two steps', 'worker kill -9', '--faults 6 --every 400');
    expect(run).toEqual(noticed(/^lost [1-9]/));
  });

  test.concurrent('removal before the copy, with a step that fails', async () => {
    const run = await broken('removal before the copy', 'worker kill -9', '--faults 6 --every 400');
    expect(run).toEqual(noticed(/^lost [1-9]/));
  });

  if (MovableClock.available) {
    test.concurrent('clock without limits', async () => {
      const run = await broken('clock without limits', 'clock stepped', '--faults 6 --every 600');
      // Steps forward take items from workers that are well; after one back, nothing is due for as long.
      expect(run).toEqual(noticed(/reruns [1-9]\d* \(0 explained\)|, not drained/));
    });
  } else {
    test(`clock without limits was NOT TESTED: ${NO_MOVABLE_CLOCK}`, () => console.warn(NO_MOVABLE_CLOCK));
  }

  test.concurrent('a fill without a second look', async () => {
    const run = await broken('fill without a second look', 'power cut during a fill', '--faults 6 --every 600');
    expect(run).toEqual(noticed(/^lost [1-9]/));
  });

  test.concurrent('a recovery that forgets one item of a crowd that died', async () => {
    const run = await broken('recovery that forgets one', 'crowd', '--faults 3 --every 800', '--incarnations', '30');
    // Workers may find out before the run is over; then the item does not count as lost.
    expect(run).toEqual(
      noticed(/^lost [1-9].*counters that do not add up|counters that do not add up, data lost [1-9]/),
    );
  });

  test.concurrent('a slot that loses a key on the way', async () => {
    const run = await broken('slot move that loses a key', 'key by key', '--faults 4 --every 800', '--cluster');
    expect(run).toEqual(noticed(/counters that do not add up.*data lost [1-9]/));
  });

  test.concurrent('a Job that is Complete when any worker has left', async () => {
    const run = await broken('Job that any worker completes', 'worker SIGTERM', '--faults 2 --every 400', ...FOUR);
    expect(run).toEqual(noticed(/^lost [1-9]|late [1-9]|not finalized/));
  });

  test.concurrent('a batch that settles an item which failed in it', async () => {
    const run = await broken('batch that settles what failed', 'worker SIGTERM', '--faults 1 --every 400');
    expect(run).toEqual(noticed(/^lost [1-9]\d*, unexpected \d+, booked twice [1-9]/));
  });

  test.concurrent('an item that adds less than it was to, or more', async () => {
    const few = ['worker SIGTERM', '--faults 1 --every 400', '--items', '300', ...FOUR] as const;
    const [less, more] = await Promise.all([
      broken('add that loses one', ...few),
      broken('add that doubles one', ...few),
    ]);
    expect(less).toEqual(noticed(/^lost [1-9]|data lost [1-9]/));
    expect(more).toEqual(noticed(/unexpected [1-9]/));
  });

  test.concurrent('a finalizer that runs before the last item', async () => {
    const run = await broken('finalizer that does not wait', 'worker SIGTERM', '--faults 1 --every 400');
    expect(run).toEqual(noticed(/final too early [1-9]/));
  });

  test.concurrent('a step that fails where the copy comes first loses nothing', async () => {
    // Nothing may be run again but for a fault, so a busy machine has to hold the lease, though steps of renewals fail, too.
    const calm = ['--lease', '10000', '--patience', '90000'];
    const run = await broken('failing step', 'worker kill -9', '--faults 6 --every 400', ...calm);
    expect(run.code === 0 ? '' : run.output).toBe('');
    expect(run.line).toMatch(/^lost 0, unexpected 0, booked twice 0,/);
  });
});
