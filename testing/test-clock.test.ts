import { setTimeout as realSleep } from 'node:timers/promises';
import { TestClock } from './test-clock';

afterEach(() => jest.useRealTimers());

/** What was woken so far, each with the time. */
function sleepers(clock: TestClock, ...waits: number[]): [number, number][] {
  const woken: [number, number][] = [];
  const start = clock.now;
  for (const ms of waits) void clock.sleep(ms).then(() => woken.push([ms, clock.now - start]));
  return woken;
}

test('shows the same time for everybody, the start of 2000 unless told otherwise', () => {
  expect(new Date(new TestClock().now).toISOString()).toBe('2000-01-01T00:00:00.000Z');
  expect(new TestClock(5).now).toBe(5);
  expect(new TestClock(new Date(7)).now).toBe(7);
});

test('stands still until it is advanced', async () => {
  const clock = new TestClock(0);
  const woken = sleepers(clock, 1);
  await realSleep(20);
  expect([clock.now, woken]).toEqual([0, []]);
});

test('wakes in order of time, each at its own', async () => {
  const clock = new TestClock();
  const woken = sleepers(clock, 30, 10, 20, 99);
  await clock.advance(30);
  expect(woken).toEqual([
    [10, 10],
    [20, 20],
    [30, 30],
  ]);
  await clock.advance(69);
  expect(woken.at(-1)).toEqual([99, 99]);
});

test('wakes those that were put to sleep first, where the time is the same', async () => {
  const clock = new TestClock(0);
  const order: string[] = [];
  for (const name of ['a', 'b', 'c']) void clock.sleep(5).then(() => order.push(name));
  await clock.advance(5);
  expect(order).toEqual(['a', 'b', 'c']);
});

test('lets what is woken sleep again within the time it is advanced by', async () => {
  const clock = new TestClock(0);
  const times: number[] = [];
  void (async () => {
    for (;;) {
      await clock.sleep(10);
      times.push(clock.now);
    }
  })();
  await clock.advance(35);
  expect(times).toEqual([10, 20, 30]);
  expect(clock.now).toBe(35);
});

test.each([-1, Number.NaN])('is not advanced by %p', async (ms) => {
  await expect(new TestClock().advance(ms)).rejects.toThrow(`a clock is advanced by ${ms} ms`);
});

test('may be advanced under fake timers', async () => {
  jest.useFakeTimers();
  const clock = new TestClock();
  const woken = sleepers(clock, 10);
  await clock.advance(10);
  expect(woken).toHaveLength(1);
});

describe('sleeping', () => {
  test('gives back a value, as setTimeout of node:timers/promises does', async () => {
    const clock = new TestClock();
    const sleeping = Promise.all([clock.sleep(1, 'value'), clock.sleep()]);
    await clock.advance(1);
    expect(await sleeping).toEqual(['value', undefined]);
  });

  test('ends when the signal is aborted, with the same error', async () => {
    const reason = new Error('enough');
    const clock = new TestClock();
    const errors = await Promise.all(
      [clock.sleep, realSleep].flatMap((sleep) => {
        const controller = new AbortController();
        const sleeping = sleep(60_000, undefined, { signal: controller.signal });
        controller.abort(reason);
        return [sleeping, sleep(60_000, undefined, { signal: AbortSignal.abort(reason) })].map((promise) =>
          promise.catch((error: Error & { code: string }) => ({
            name: error.name,
            code: error.code,
            message: error.message,
            cause: error.cause,
          })),
        );
      }),
    );
    expect(errors).toEqual(Array(4).fill(errors[3]));
    expect(errors[0]).toMatchObject({ name: 'AbortError', cause: reason });
  });

  test('leaves nothing behind on the clock once it is aborted', async () => {
    const clock = new TestClock(0);
    const controller = new AbortController();
    const sleeping = clock.sleep(10, undefined, { signal: controller.signal }).catch(() => 'aborted');
    controller.abort();
    await clock.advance(20);
    expect(await sleeping).toBe('aborted');
  });
});
