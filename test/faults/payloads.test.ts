import { EXIT } from '../../worker/contract';
import { expectEnding, useQueue } from '../queue-under-test';

const queue = useQueue();

/** Payloads of the dead letters, with why they are. */
async function deadLetters(): Promise<{ reason: string; error: string; payload: Buffer }[]> {
  return queue.withClient(async (client) => {
    const letters = [];
    for await (const { reason, error, payload } of client.deadLetters()) {
      letters.push({ reason, error, payload: Buffer.from(payload) });
    }
    return letters;
  });
}

test('bytes that are no text are dead letters, byte for byte, in the midst of text', async () => {
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x80, 0x61]);
  await queue.push('apple', bytes, 'an honest \uFFFD', '');
  const worker = queue.start();
  await expectEnding(worker, EXIT.deadLetters, 'queue: 4 items, 3 done, 1 dead');
  expect(worker.lines).toEqual(expect.arrayContaining(['finished apple', 'finished an honest \uFFFD', 'finished ']));
  expect(await deadLetters()).toEqual([{ reason: 'invalid', error: 'the payload is not UTF-8', payload: bytes }]);
});

test('a queue of bytes takes any', async () => {
  await queue.push(Buffer.from([0xff, 0xfe]), Buffer.from([0]));
  const worker = queue.start({ PAYLOAD: 'bytes' });
  await expectEnding(worker, EXIT.drained, 'queue: 2 items, 2 done');
  expect(worker.lines).toEqual(expect.arrayContaining(['finished fffe', 'finished 00']));
});

test('JSON that is hostile, huge or none is an error of that item alone', async () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  const huge = `"${'x'.repeat(50 * 1_048_576)}`;
  await queue.push('"apple"', '{"__proto__":{"polluted":true}}', deep, huge, '{"then":1}', 'not json', '"banana"');
  const worker = queue.start({ SCHEMA: 'json', WORK_QUEUE_MAX_ATTEMPTS: 1, WORK_QUEUE_CONCURRENCY: 3 });
  const { summary } = await expectEnding(worker, EXIT.deadLetters, 'queue: 7 items');
  expect(worker.lines).toEqual(
    expect.arrayContaining([
      'finished apple',
      'finished banana',
      'finished {"__proto__":{"polluted":true}}',
      'finished {"then":1}',
    ]),
  );
  const letters = await deadLetters();
  expect(summary).toContain(`${7 - letters.length} done, ${letters.length} dead`);
  const sizes = letters.filter(({ reason }) => reason === 'invalid').map(({ payload }) => payload.length);
  expect(sizes.sort((a, b) => a - b)).toEqual([8, 50 * 1_048_576 + 1]);
  for (const { error } of letters) expect(error.length).toBeLessThanOrEqual(2_100);
});

test.each([
  ['in the only lane', 1],
  ['beside another item', 2],
])('a string of 50 MB is an item like any other, %s', async (_, lanes) => {
  await queue.push('wait apple', 'x'.repeat(50 * 1_048_576), 'banana');
  const worker = queue.start({ WORK_QUEUE_CONCURRENCY: lanes, WORK_QUEUE_SETTLE_MS: 60_000 });
  await worker.line(/started .*wait apple/);
  if (lanes === 1) worker.tell('wait apple');
  await worker.line('finished xxxxxxxxxxxxxxxxxxxx… (52428800)');
  await worker.line('finished banana');
  worker.tell('wait apple');
  await queue.withClient((client) => client.seal());
  await expectEnding(worker, EXIT.drained, 'queue: 3 items, 3 done');
});

test('large items in many lanes come one by one, not in a heap', async () => {
  const size = 5 * 1_048_576;
  await queue.push(...Array.from({ length: 16 }, (_, index) => `sleep 100 ${'x'.repeat(size)}${index}`));
  const replies: number[] = [];
  const worker = queue.start({ WORK_QUEUE_CONCURRENCY: 64 });
  const held = async () => {
    const [incarnation] = await queue.redis.zrange(queue.keys.leases, '0', '0');
    if (incarnation) replies.push(Number(await queue.redis.hget(queue.keys.worker + incarnation, 'gave')));
    return queue.redis.hget(queue.keys.meta, 'done');
  };
  await queue.until('all done', held, (done) => done === '16');
  await expectEnding(worker, EXIT.drained, 'queue: 16 items, 16 done');
  // What one claim gave: the first item, and what of the others fits into a mebibyte.
  expect(Math.max(...replies)).toBe(1);
});

describe('results that are large', () => {
  // It refuses a longer argument; the default is 512 MB.
  const small = useQueue({ args: ['--proto-max-bulk-len', '2mb'] });
  const env = { OPTIONS: JSON.stringify({ results: true }), WORK_QUEUE_CONCURRENCY: 16 };

  test('of items that end together are told one after the other', async () => {
    await small.fill(...Array.from({ length: 16 }, (_, index) => `large 600000 ${index}`));
    await expectEnding(small.start(env), EXIT.drained, 'queue: 16 items, 16 done');
    expect(await small.redis.hlen(small.keys.results)).toBe(16);
    expect(await small.attempts()).toEqual({});
    const sizes = await small.withClient(async (client) => {
      const all = [];
      for await (const { result } of client.results()) all.push(String(result).length);
      return all;
    });
    expect(sizes).toEqual(Array(16).fill(600_000));
  });

  test('and that wait to be told when the worker has to stop are told before it leaves', async () => {
    await small.push(...Array.from({ length: 4 }, (_, index) => `waitLarge 600000 ${index}`), 'wait apple');
    // Else a machine with much to do finds the queue settled, and drained, before the worker leaves.
    const worker = small.start({ ...env, WORK_QUEUE_SETTLE_MS: 60_000 });
    await worker.line(/started .*wait apple/);
    worker.kill('SIGTERM');
    await worker.line('SIGTERM: no new items');
    for (let index = 0; index < 4; index++) worker.tell(`waitLarge 600000 ${index}`);
    worker.tell('wait apple');
    await expectEnding(worker, EXIT.terminated, 'this worker: 5 done');
    expect(await small.redis.hlen(small.keys.results)).toBe(5);
    expect(await small.redis.hget(small.keys.meta, 'done')).toBe('5');
  });

  test('dead letters that are large go back one after the other', async () => {
    await small.fill(...Array.from({ length: 3 }, (_, index) => `throw ${'x'.repeat(600_000)}${index}`), 'throw small');
    await small.start({ WORK_QUEUE_MAX_ATTEMPTS: 1, SAY: 'no' }).ended;
    await small.redis.config('RESETSTAT');
    expect(await small.withClient((client) => client.retryDead())).toBe(4);
    const stats = await small.redis.info('commandstats');
    const calls = [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+).*failed_calls=(\d+)/gm)];
    // The first one that is asked for by its digest is not known yet.
    expect(calls.reduce((sum, [, all, failed]) => sum + Number(all) - Number(failed), 0)).toBe(3);
    expect(await small.redis.zcard(small.keys.retries)).toBe(4);
  });

  test('one that Redis does not take is a question of its configuration', async () => {
    await small.fill('large 3000000');
    await expectEnding(small.start(env), EXIT.configuration, 'set its proto-max-bulk-len to 512mb');
  });

  test('one that is too large is a failure of its item alone', async () => {
    await small.fill('apple', 'large 67108864', 'banana');
    const worker = small.start({ ...env, WORK_QUEUE_MAX_ATTEMPTS: 1 });
    await expectEnding(worker, EXIT.deadLetters, 'queue: 3 items, 2 done, 1 dead');
    await small.withClient(async (client) => {
      for await (const { error } of client.deadLetters()) expect(error).toContain('67108864 are allowed');
    });
  });
});

test('an item that is too large is refused, and those before it are in', async () => {
  await queue.withClient(async (client) => {
    const filling = client.fill(['apple', 'x'.repeat(268_435_457)]);
    await expect(filling).rejects.toThrow(
      `item 1 of the queue ${queue.name}: it is 268435457 bytes, and 268435456 are allowed`,
    );
  });
  expect(await queue.redis.lrange(queue.name, 0, -1)).toEqual(['apple']);
});

test('results are kept with the completion, and what has no JSON is an error', async () => {
  await queue.push('value {"sum":3}', 'apple', 'symbol none', 'flaky 1');
  const options = { OPTIONS: JSON.stringify({ results: true, backoff: { base: 50 } }), WORK_QUEUE_MAX_ATTEMPTS: 2 };
  await expectEnding(queue.start(options), EXIT.deadLetters, 'queue: 4 items, 3 done, 1 dead');
  const results = await queue.withClient(async (client) => {
    const all = [];
    for await (const { id, result, item } of client.results()) all.push({ id, result, item });
    return all.sort((a, b) => a.id - b.id);
  });
  expect(results).toEqual([
    { id: 1, result: { sum: 3 }, item: 'value {"sum":3}' },
    { id: 2, result: null, item: 'apple' },
    { id: 4, result: null, item: 'flaky 1' },
  ]);
  expect(await deadLetters()).toMatchObject([
    { reason: 'handler', error: expect.stringContaining('cannot be written as JSON') },
  ]);
});

test('a schema that takes its time, and one lane', async () => {
  const items = Array.from({ length: 300 }, (_, index) => (index % 50 === 0 ? '1' : `"${index}"`));
  await queue.fill(...items);
  const worker = queue.start({ SCHEMA: 'slow' });
  await expectEnding(worker, EXIT.deadLetters, 'queue: 300 items, 294 done, 6 dead');
});

test.each(['twice', 'twiceAPromise'])('what answers twice ends its item once: %s', async (twice) => {
  await queue.fill(twice, ...Array.from({ length: 20 }, (_, index) => `sleep 20 ${index}`), twice);
  const worker = queue.start();
  await expectEnding(worker, EXIT.drained, 'this worker: 22 done');
  // One lane: no two at once.
  const events = worker.lines.filter((line) => /^(started|finished) /.test(line)).map((line) => line.split(' ')[0]);
  expect(events.join(' ')).toMatch(/^(started finished ?)+$/);
});
