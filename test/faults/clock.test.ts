import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MovableClock, NO_MOVABLE_CLOCK } from '../../local/redis';
import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';
import { expectNoRerun, startTwo } from './two-workers';

/** A worker that a busy machine keeps waiting for seconds still renews it in time. */
const LEASE = 6_000;
const HOUR = 3_600_000;

const FORWARD = ['a day forward', 24 * HOUR] as const;
const BACK = ['an hour back', -HOUR] as const;
const OTHERS = [
  ['an hour forward', HOUR],
  ['a day back', -24 * HOUR],
  // Too little to be told from time that passes.
  ['forward by less than half a lease', 0.4 * LEASE],
] as const;

function withMovableClocks(): void {
  const dir = mkdtempSync(join(tmpdir(), 'clocks-'));
  const clock = new MovableClock(dir);
  const queue = useQueue({ clock });
  const env = { WORK_QUEUE_LEASE_MS: LEASE };

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** What one worker holds to the end is held for longer than the lease that it has now: one not renewed would run out. */
  async function leaseOutlived(): Promise<void> {
    await queue.until(
      'all others are done',
      (redis) => redis.hget(queue.keys.meta, 'done'),
      (done) => done === '60',
    );
    await queue.renewed(LEASE);
  }

  test.each([FORWARD, BACK, ...OTHERS])("Redis' clock is set %s", async (_, ms) => {
    const workers = await startTwo(queue, env);
    clock.step(ms);
    const [seconds] = await queue.redis.time();
    expect(Math.abs(Number(seconds) * 1_000 - Date.now() - clock.ahead)).toBeLessThan(HOUR / 2);
    await leaseOutlived();
    await expectNoRerun(queue, workers);
  });

  test("Redis' clock is set to and fro all the time", async () => {
    const workers = await startTwo(queue, env);
    for (let step = 0; step < 20; step++) {
      clock.step(step % 2 === 0 ? HOUR : -HOUR);
      await sleep(LEASE / 20);
    }
    await leaseOutlived();
    await expectNoRerun(queue, workers);
  });

  test.each([FORWARD, BACK])('what a dead worker held comes back, with a clock that was set %s', async (_, ms) => {
    await queue.fill('wait apple', 'banana');
    // It is waited for, and nobody else would take what the other one holds.
    const short = { WORK_QUEUE_LEASE_MS: LEASE / 2 };
    const dead = queue.start({ ...short, WORK_QUEUE_CONCURRENCY: 1 });
    await dead.line(/started .*wait apple/);
    const other = queue.start(short);
    await other.line('finished banana');
    dead.kill('SIGKILL');
    await dead.ended;
    clock.step(ms);
    await other.line(/started \[1\] attempt 2 /);
    other.tell('wait apple');
    await expectEnding(other, EXIT.drained, 'queue: 2 items, 2 done, 0 dead');
  });

  test.each([FORWARD, BACK])('the clock of the workers is set %s', async (_, ms) => {
    const theirs = new MovableClock(mkdtempSync(join(dir, 'workers-')));
    const workers = await startTwo(queue, { ...env, ...theirs.env });
    theirs.step(ms);
    await leaseOutlived();
    await expectNoRerun(queue, workers);
    const times = workers.flatMap(({ lines }) =>
      lines.flatMap((line) => /^started .* at (\d+):/.exec(line)?.[1] ?? []),
    );
    const jump = Math.max(...times.map(Number)) - Math.min(...times.map(Number));
    expect(jump).toBeGreaterThan(Math.abs(ms) / 2);
  });
}

if (MovableClock.available) describe('with libfaketime', withMovableClocks);
else
  test(`workers while a clock is set were NOT TESTED: ${NO_MOVABLE_CLOCK}`, () =>
    console.warn(`workers while a clock is set were NOT TESTED: ${NO_MOVABLE_CLOCK}`));
