import { Standstill } from './standstill';

/** A main thread that has had a processor for so long, in ms. */
function standstill(runnable = true) {
  const time: { ran: number | undefined } = { ran: 1_000 };
  const mainThread = {
    time: () => (time.ran === undefined ? undefined : { ran: time.ran, waited: 0 }),
    isRunnable: () => runnable,
  };
  return { still: new Standstill(mainThread), time };
}

/** Three ticks in which a number stands still, after one in which it moved. */
function stand(still: Standstill): void {
  for (let tick = 0; tick < 4; tick++) still.see(7, 20, true);
}

test('lasts from the last move on', () => {
  const { still, time } = standstill();
  stand(still);
  time.ran = 1_060;
  expect(still.exceeds(60)).toBe(true);
  expect(still.exceeds(61)).toBe(false);
  still.see(8, 20, true);
  expect(still.lasts).toBe(0);
  expect(still.exceeds(60)).toBe(false);
});

test('a main thread that wants to run, and had no processor, is given more time', () => {
  const { still, time } = standstill();
  stand(still);
  expect(still.exceeds(60)).toBe(false);
  time.ran = 1_019;
  expect(still.exceeds(60)).toBe(false);
  time.ran = 1_020;
  expect(still.exceeds(60)).toBe(true);
});

test('what it ran before the last move does not count', () => {
  const { still, time } = standstill();
  stand(still);
  time.ran = 1_500;
  still.see(8, 20, true);
  for (let tick = 0; tick < 3; tick++) still.see(8, 20, true);
  expect(still.exceeds(60)).toBe(false);
});

test('one that waits for something else than a processor is held up', () => {
  const { still } = standstill(false);
  stand(still);
  expect(still.exceeds(60)).toBe(true);
});

test('goes by the time that passed where the system says nothing', () => {
  const { still, time } = standstill();
  time.ran = undefined;
  stand(still);
  expect(still.exceeds(60)).toBe(true);
});

test('does not ask the system where nobody wants to know', () => {
  const time = jest.fn(() => ({ ran: 1, waited: 0 }));
  const still = new Standstill({ time, isRunnable: () => true });
  for (let tick = 0; tick < 5; tick++) still.see(7, 20, false);
  expect(time).not.toHaveBeenCalled();
});
