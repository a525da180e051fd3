import { MovableClock, NO_MOVABLE_CLOCK } from '../../local/redis';
import { chaos, endRuns } from './chaos-command';

afterAll(endRuns);

/** A small run, with the kinds of faults that lay the break bare. */
function broken(name: string, only: string, faults: string, ...setting: string[]) {
  const run = `--items 1000 --workers 2 --lease 1000 --patience 20000 --seed 3 ${faults}`;
  return chaos(...run.split(' '), '--only', only, '--broken', name, ...setting);
}

/** Two workers lay most breaks bare; these take others that go on. */
const FOUR = ['--workers', '4'] as const;

/**
 * The checker notices the break, and its last line tells what. A fault may meet a worker that has nothing in its hands, and then
 * there is nothing to notice: one of three runs lays the break bare.
 */
async function expectNoticed(told: RegExp, ...run: Parameters<typeof broken>): Promise<void> {
  const said: string[] = [];
  for (const seed of ['3', '4', '5']) {
    const { code, line, output } = await broken(...run, '--seed', seed);
    if (code === 1 && told.test(line)) return;
    said.push(output);
  }
  throw new Error(`no last line matches ${told}:\n${said.join('\n')}`);
}

describe('scripts that are broken on purpose do not get past the checker', () => {
  test.concurrent('completion without ownership check', async () => {
    const name = 'completion without ownership check';
    await expectNoticed(/booked twice [1-9]/, name, 'stopped past its lease', '--faults 3 --every 1200');
  });

  test.concurrent('claim in two steps', async () => {
    await expectNoticed(/^lost [1-9]/, 'claim in two steps', 'worker kill -9', '--faults 6 --every 400');
  });

  test.concurrent('removal before the copy, with a step that fails', async () => {
    await expectNoticed(/^lost [1-9]/, 'removal before the copy', 'worker kill -9', '--faults 6 --every 400');
  });

  if (MovableClock.available) {
    test.concurrent('clock without limits', async () => {
      // Steps forward take items from workers that are well; after one back, nothing is due for as long.
      await expectNoticed(
        /reruns [1-9]\d* \(0 explained\)|, not drained/,
        'clock without limits',
        'clock stepped',
        '--faults 6 --every 600',
      );
    });
  } else {
    test(`clock without limits was NOT TESTED: ${NO_MOVABLE_CLOCK}`, () => console.warn(NO_MOVABLE_CLOCK));
  }

  test.concurrent('a fill without a second look', async () => {
    await expectNoticed(
      /^lost [1-9]/,
      'fill without a second look',
      'power cut during a fill',
      '--faults 6 --every 600',
    );
  });

  test.concurrent('a recovery that forgets one item of a crowd that died', async () => {
    // Workers may find out before the run is over; then the item does not count as lost.
    await expectNoticed(
      /^lost [1-9].*counters that do not add up|counters that do not add up, data lost [1-9]/,
      'recovery that forgets one',
      'crowd',
      '--faults 3 --every 800',
      '--incarnations',
      '30',
    );
  });

  test.concurrent('a slot that loses a key on the way', async () => {
    await expectNoticed(
      /counters that do not add up.*data lost [1-9]/,
      'slot move that loses a key',
      'key by key',
      '--faults 4 --every 800',
      '--cluster',
    );
  });

  test.concurrent('a Job that is Complete when any worker has left', async () => {
    await expectNoticed(
      /^lost [1-9]|late [1-9]|not finalized/,
      'Job that any worker completes',
      'worker SIGTERM',
      '--faults 2 --every 400',
      ...FOUR,
    );
  });

  test.concurrent('a batch that settles an item which failed in it', async () => {
    await expectNoticed(
      /^lost [1-9]\d*, unexpected \d+, booked twice [1-9]/,
      'batch that settles what failed',
      'worker SIGTERM',
      '--faults 1 --every 400',
    );
  });

  test.concurrent('an item that adds less than it was to, or more', async () => {
    const few = ['worker SIGTERM', '--faults 1 --every 400', '--items', '300', ...FOUR] as const;
    await Promise.all([
      expectNoticed(/^lost [1-9]|data lost [1-9]/, 'add that loses one', ...few),
      expectNoticed(/unexpected [1-9]/, 'add that doubles one', ...few),
    ]);
  });

  test.concurrent('a finalizer that runs before the last item', async () => {
    await expectNoticed(
      /final too early [1-9]/,
      'finalizer that does not wait',
      'worker SIGTERM',
      '--faults 1 --every 400',
    );
  });

  test.concurrent('a step that fails where the copy comes first loses nothing', async () => {
    // Nothing may be run again but for a fault, so a busy machine has to hold the lease, though steps of renewals fail, too.
    const calm = ['--lease', '10000', '--patience', '90000'];
    const run = await broken('failing step', 'worker kill -9', '--faults 6 --every 400', ...calm);
    expect(run.code === 0 ? '' : run.output).toBe('');
    expect(run.line).toMatch(/^lost 0, unexpected 0, booked twice 0,/);
  });
});
