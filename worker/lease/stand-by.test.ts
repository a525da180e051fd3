import { StandBy } from './stand-by';

function standBy() {
  const connection = { prepare: jest.fn(), disconnect: jest.fn() };
  return { standBy: new StandBy(connection, 1_000), ...connection };
}

test('connects once when it is needed, and not before', () => {
  const { standBy: line, prepare, disconnect } = standBy();
  line.see(0, false);
  line.see(5_000, false);
  expect(prepare).not.toHaveBeenCalled();
  expect(disconnect).not.toHaveBeenCalled();
  for (let now = 5_020; now < 20_000; now += 20) line.see(now, true);
  expect(prepare).toHaveBeenCalledTimes(1);
  expect(disconnect).not.toHaveBeenCalled();
});

test('disconnects once, when it was not needed for long enough, and connects again', () => {
  const { standBy: line, prepare, disconnect } = standBy();
  line.see(0, true);
  line.see(980, false);
  line.see(990, true);
  line.see(1_980, false);
  expect(disconnect).not.toHaveBeenCalled();
  line.see(1_990, false);
  line.see(5_000, false);
  expect(disconnect).toHaveBeenCalledTimes(1);
  line.see(5_020, true);
  expect(prepare).toHaveBeenCalledTimes(2);
});
