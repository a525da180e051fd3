import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();

describe('0: drained', () => {
  test('when every item of a sealed queue is done', async () => {
    await queue.fill('apple', 'banana', 'cherry');
    const { summary } = await expectEnding(queue.start(), EXIT.drained, 'Queue empty, all done');
    expect(summary).toMatch(/this worker: 3 done, 0 failed attempts, 0 dead letters in .* s; queue: 3 items, 3 done/);
  });

  test('when nobody sealed, but no item came for the settle time', async () => {
    await queue.push('apple', 'banana');
    await expectEnding(queue.start({ WORK_QUEUE_SETTLE_MS: 200 }), EXIT.drained, 'Queue empty, all done');
  });

  test('when the queue was sealed with nothing in it', async () => {
    await queue.fill();
    await expectEnding(queue.start(), EXIT.drained, 'queue: 0 items');
  });

  test('when there are dead letters and the chart tolerates them', async () => {
    await queue.fill('apple', 'unrecoverable no');
    const { summary } = await expectEnding(
      queue.start({ WORK_QUEUE_TOLERATE_DEAD_LETTERS: 'true' }),
      EXIT.drained,
      'Queue empty',
    );
    expect(summary).toContain('queue: 2 items, 1 done, 1 dead');
  });
});

test('80: drained, and some items are dead letters', async () => {
  await queue.fill('apple', 'throw no', 'banana');
  const { summary } = await expectEnding(
    queue.start({ WORK_QUEUE_MAX_ATTEMPTS: 1 }),
    EXIT.deadLetters,
    '1 item is a dead letter',
  );
  expect(summary).toContain('queue: 3 items, 2 done, 1 dead');
});

describe('82: the data vanished or does not add up', () => {
  test('fewer items came out than were sealed in', async () => {
    await queue.fill('apple', 'banana', 'cherry');
    await queue.redis.lpop(queue.name);
    await expectEnding(queue.start(), EXIT.dataLost, 'sealed with the total 3, and only 2 ever came out');
  });

  test('items that were claimed are nowhere', async () => {
    await queue.fill('wait apple', 'banana');
    const worker = queue.start({ WORK_QUEUE_LEASE_MS: 4_000, WORK_QUEUE_CONCURRENCY: 2 });
    await worker.line('finished banana');
    await queue.redis.hincrby(queue.keys.meta, 'claimed', 1);
    worker.tell('wait apple');
    await expectEnding(worker, EXIT.dataLost, 'the others are nowhere');
  });

  test('the queue holds another batch', async () => {
    await queue.withClient(async (client) => {
      await client.fill(['apple'], { batchId: 'old' });
      await client.seal({ batchId: 'old' });
    });
    await expectEnding(queue.start({ WORK_QUEUE_BATCH: 'new' }), EXIT.dataLost, 'another batch, old');
  });

  test('the gate saw the fill, and Redis came back empty before this worker', async () => {
    const env = { WORK_QUEUE_BATCH: 'batch', WORK_QUEUE_GATE: 'filled', WORK_QUEUE_SETTLE_MS: 200 };
    await expectEnding(queue.start(env), EXIT.dataLost, 'batch batch was sealed before this worker started');
  });
});

describe('83: never filled', () => {
  test('within the start timeout', async () => {
    const worker = queue.start({ WORK_QUEUE_START_TIMEOUT_MS: 300 });
    await expectEnding(worker, EXIT.neverFilled, `the queue ${queue.name} was not filled within 0.3 s; fill it (rpush`);
  });

  test('though another batch worker waits for its batch', async () => {
    const worker = queue.start({ WORK_QUEUE_START_TIMEOUT_MS: 300, WORK_QUEUE_BATCH: 'batch' });
    await expectEnding(worker, EXIT.neverFilled, 'was not filled within 0.3 s');
  });

  test('says at once what it waits for, then every half minute', async () => {
    const fast = ['--require', require.resolve('../workers/fast-clock.js')];
    const worker = queue.start({ WORK_QUEUE_START_TIMEOUT_MS: 200_000 }, { nodeArgs: fast });
    await expectEnding(worker, EXIT.neverFilled, 'was not filled within 200 s');
    // An idle worker asks every second, which is every 22 s of that clock.
    const said = worker.count(`Waiting: the queue ${queue.name} is not filled yet (rpush ${queue.name} ITEM)`);
    expect(said).toBeGreaterThanOrEqual(2);
    expect(said).toBeLessThanOrEqual(7);
  });
});
