import { InMemoryQueue, runInMemory, SimulatedCrash, TestClock } from 'cdk8s-redis-work-queue/testing';
import { type Converter, convertBy } from './handler';
import { videos } from './queue';

type State = Awaited<ReturnType<Converter['stateOf']>>;

const cat = { url: 'https://example.org/cat.mp4' };
const dog = { url: 'https://example.org/dog.mp4' };

/** A converter whose answers are known beforehand; the last one stays. */
function converterThatSays(...states: State[]): Converter {
  let jobs = 0;
  return {
    start: async () => `job ${++jobs}`,
    stateOf: async () => (states.length > 1 ? states.shift()! : states[0]!),
  };
}

test('waits until the video is converted', async () => {
  const clock = new TestClock();
  const handler = convertBy(converterThatSays('running', 'running', 'done'), clock.sleep);

  const run = await runInMemory(videos, handler, { items: [cat], clock });

  expect(run.done).toEqual([{ id: 1, item: cat, attempts: 1, returned: 'job 1' }]);
  expect(run.elapsed).toBe(10_000); // on the clock; the test itself waits for nothing
  expect(run.exitCode).toBe(0);
});

test('tries again, later each time, and gives up in the end', async () => {
  const run = await runInMemory(videos, convertBy(converterThatSays('failed')), { items: [cat], maxAttempts: 3 });

  expect(run.attempts.map(({ startedAt }) => startedAt)).toEqual([0, 1_000, 3_000]);
  expect(run.dead).toMatchObject([{ item: cat, reason: 'handler', attempts: 3, error: 'Error: job 3 failed' }]);
  expect(run.exitCode).toBe(80); // what fails the Job: some items are dead letters
});

test('does not try again what is no video', async () => {
  const run = await runInMemory(videos, convertBy(converterThatSays('refused')), { items: [cat] });

  expect(run.attempts).toHaveLength(1);
  expect(run.dead).toMatchObject([{ error: 'UnrecoverableError: https://example.org/cat.mp4 is no video' }]);
});

test('stops asking when its time is up', async () => {
  const clock = new TestClock();
  const handler = convertBy(converterThatSays('running'), clock.sleep);

  const run = await runInMemory(videos, handler, { items: [cat], clock, itemTimeout: 60_000, maxAttempts: 1 });

  expect(run.dead).toMatchObject([{ error: expect.stringMatching(/^AbortError: .* caused by ItemTimeoutError/) }]);
  expect(run.elapsed).toBe(60_000);
});

test('sees no payload that does not fit the schema', async () => {
  const payloads = ['{"url":"cat.mp4"}', 'cat.mp4'];
  const run = await runInMemory(videos, convertBy(converterThatSays('done')), { payloads });

  expect(run.attempts.map(({ end }) => end)).toEqual(['dead', 'dead']);
  expect(run.dead.map(({ reason }) => reason)).toEqual(['invalid', 'invalid']);
});

test('leaves to the next worker what it cannot finish after SIGTERM', async () => {
  const queue = new InMemoryQueue(videos, { items: [cat, dog] });
  const slow = convertBy(converterThatSays('running'), queue.clock.sleep);
  const quick = convertBy(converterThatSays('done'), queue.clock.sleep);

  const first = await queue.run(slow, { terminateAfter: 1_000, grace: 30_000 });
  expect(first).toMatchObject({ exitCode: 143, left: 2, done: [] });

  const second = await queue.run(quick);
  expect(second.done.map(({ item, attempts }) => [item, attempts])).toEqual([
    [cat, 1], // not charged, because it did not fail
    [dog, 1],
  ]);
});

test('goes on after a crash of the worker', async () => {
  const converter = converterThatSays('done');
  const start = jest.spyOn(converter, 'start').mockRejectedValueOnce(new SimulatedCrash());

  const run = await runInMemory(videos, convertBy(converter), { items: [cat] });

  expect(start).toHaveBeenCalledTimes(2);
  expect(run.exitCodes).toEqual([1, 0]);
  expect(run.done).toMatchObject([{ item: cat, attempts: 2 }]);
});

test('asks once in five seconds', async () => {
  const queue = new InMemoryQueue(videos, { items: [cat] });
  const converter = converterThatSays('running');
  const stateOf = jest.spyOn(converter, 'stateOf');
  const worker = queue.start(convertBy(converter, queue.clock.sleep));

  await queue.clock.advance(4_999);
  expect(stateOf).toHaveBeenCalledTimes(1);
  await queue.clock.advance(1);
  expect(stateOf).toHaveBeenCalledTimes(2);

  worker.terminate();
  await worker.runToEnd();
});
