import { ItemTimeoutError, RetryLater, StoppedError, UnrecoverableError } from '../errors/errors';
import {
  type EndedAttempt,
  HANG_GRACE,
  lineOfOutcome,
  outcomeOfError,
  outcomeOfHang,
  outcomeOfInvalid,
  outcomeOfResult,
  RESULT_BYTES,
} from './outcome';

const first: EndedAttempt = { id: 7, attempt: 1, maxAttempts: 3, at: 1_000, random: () => 1 };
const last: EndedAttempt = { ...first, attempt: 3 };

describe('a handler that throws', () => {
  test('gets another attempt, later each time', () => {
    expect(outcomeOfError(new Error('no'), first)).toMatchObject({
      kind: 'retry',
      id: 7,
      delay: 1_000,
      error: 'Error: no',
    });
    expect(outcomeOfError(new Error('no'), { ...first, attempt: 2 })).toMatchObject({ delay: 2_000 });
  });

  test('goes by the backoff of the worker', () => {
    expect(outcomeOfError(new Error('no'), { ...first, backoff: { base: 30 } })).toMatchObject({ delay: 30 });
  });

  test('is given up after its last attempt', () => {
    const header = { reason: 'handler', attempts: 3, at: 1_000, error: 'Error: no' };
    expect(outcomeOfError(new Error('no'), last)).toMatchObject({ kind: 'dead', id: 7, header });
  });

  test('is given up at once where no attempt would help', () => {
    const header = { reason: 'handler', attempts: 1, at: 1_000, error: 'UnrecoverableError: gone' };
    expect(outcomeOfError(new UnrecoverableError('gone'), first)).toMatchObject({ kind: 'dead', id: 7, header });
  });

  test('is given back where the worker has to stop, also in its last attempt', () => {
    const abortReason = new StoppedError('the worker has to stop');
    expect(outcomeOfError(new UnrecoverableError('gone'), { ...last, abortReason })).toEqual({ kind: 'back', id: 7 });
  });

  test('says which worker was at it, for how long, and how each attempt failed in short', () => {
    const ended = { worker: 'pod-7', duration: 12.4 };
    const where = { worker: 'pod-7', duration: 12 };
    const thrown = new Error('a'.repeat(500), { cause: new Error('refused') });
    const failed = { attempt: 2, at: 1_000, error: expect.stringMatching(/^Error: a{193}… /), ...where };
    expect(outcomeOfError(thrown, { ...first, ...ended, attempt: 2 })).toMatchObject({ failed });
    expect(outcomeOfError(thrown, { ...last, ...ended })).toMatchObject({ header: where });
    expect(outcomeOfInvalid('not JSON', { ...first, worker: 'pod-7' })).toMatchObject({ header: { worker: 'pod-7' } });
  });

  test('has failed where its time was up', () => {
    expect(outcomeOfError('late', { ...last, abortReason: new ItemTimeoutError('late') })).toMatchObject({
      kind: 'dead',
    });
  });

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['text', 'text'],
    [Object.create(null), '[Object: null prototype] {}'],
    [new Error('x'.repeat(3_000)), expect.stringMatching(/^Error: x+… \(3007 characters\)$/)],
  ])('may throw whatever it likes', (thrown, error) => {
    expect(outcomeOfError(thrown, first)).toMatchObject({ error });
  });
});

describe('a handler that puts its item off', () => {
  test('is not charged, in its last attempt either, whatever its signal was told', () => {
    const later = { kind: 'later', id: 7, delay: 30_000, times: 1 };
    expect(outcomeOfError(new RetryLater(30_000), first)).toMatchObject(later);
    expect(outcomeOfError(new RetryLater(29_999.1), last)).toMatchObject(later);
    for (const abortReason of [new StoppedError('the worker has to stop'), new ItemTimeoutError('late')]) {
      expect(outcomeOfError(new RetryLater(30_000), { ...last, abortReason })).toMatchObject(later);
    }
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 31_536_000_001, '5' as unknown as number])(
    'names a time: %p is none',
    (ms) => {
      const given = typeof ms === 'number' ? ms : 'string';
      const message = `RetryLater was given ${given}; allowed are ms from 0 to 31536000000, which is 365 days`;
      expect(() => new RetryLater(ms)).toThrow(new RangeError(message));
    },
  );

  test('is in the log at the tenth time, the hundredth, the thousandth …', () => {
    const lines = Array.from({ length: 1_200 }, (_, postponed) => {
      const ended = { ...first, postponed };
      return lineOfOutcome(outcomeOfError(new RetryLater(500, 'HTTP 503'), ended), ended);
    });
    expect(lines.filter((line) => line !== undefined)).toEqual([
      '[7] put off for the 10th time, due again in 500 ms: RetryLater: HTTP 503',
      '[7] put off for the 100th time, due again in 500 ms: RetryLater: HTTP 503',
      '[7] put off for the 1000th time, due again in 500 ms: RetryLater: HTTP 503',
    ]);
  });
});

describe('a result that is kept', () => {
  test.each([
    [{ a: 1 }, '{"a":1}'],
    [undefined, 'null'],
    [null, 'null'],
    [0, '0'],
    ['two\nlines', '"two\\nlines"'],
  ])('%j is JSON on one line', (value, json) => {
    expect(outcomeOfResult(value, first)).toEqual({ kind: 'results', id: 7, json });
  });

  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  test.each([
    ['a function', () => {}, 'TypeError: the result cannot be written as JSON: it is a function'],
    ['a symbol', Symbol('x'), 'TypeError: the result cannot be written as JSON: it is a symbol'],
    ['a bigint', 1n, expect.stringContaining('the result cannot be written as JSON: TypeError')],
    ['a cycle', cycle, expect.stringContaining('the result cannot be written as JSON: TypeError')],
    [
      'more than is allowed, in bytes',
      'é'.repeat(RESULT_BYTES / 2),
      'TypeError: the result is 67108866 bytes of JSON, and 67108864 are allowed: store it elsewhere, and return its address',
    ],
    ['what has none on purpose', { toJSON: () => undefined }, expect.stringContaining('it is a object')],
  ])('%s has none, which is a failure', (_, value, error) => {
    expect(outcomeOfResult(value, first)).toMatchObject({ kind: 'retry', error });
    expect(outcomeOfResult(value, last)).toMatchObject({ kind: 'dead', header: { error } });
  });
});

test('a result beyond what is allowed here says what to return, and how to allow more', () => {
  expect(outcomeOfResult('x'.repeat(98), first, 100)).toMatchObject({ kind: 'results' });
  expect(outcomeOfResult('x'.repeat(99), first, 100)).toMatchObject({
    kind: 'retry',
    error:
      'TypeError: the result is 101 bytes of JSON, and 100 are allowed: store it elsewhere, and return its address, or allow more by maxResultSize, up to 67108864',
  });
});

describe('a handler that hangs', () => {
  test('is charged with an attempt, whatever its signal was told', () => {
    const abortReason = new StoppedError('the worker has to stop');
    expect(outcomeOfHang(500, { ...first, abortReason })).toMatchObject({ kind: 'retry', delay: 1_000 });
    const error = `ItemTimeoutError: did not return ${HANG_GRACE} ms after its timeout of 500 ms`;
    expect(outcomeOfHang(500, last)).toMatchObject({ kind: 'dead', header: { reason: 'handler', error } });
  });
});

test('a payload that is none of the queue’s is given up in its first attempt', () => {
  const header = { reason: 'invalid', attempts: 1, at: 1_000, error: 'not JSON' };
  expect(outcomeOfInvalid('not JSON', first)).toMatchObject({ kind: 'dead', id: 7, header });
  expect(outcomeOfInvalid('x'.repeat(9_999), first)).toMatchObject({ header: { error: 'x'.repeat(2_000) } });
});

test('the log says what failed and where, and what is given up', () => {
  const error = Object.assign(new Error('no'), { stack: 'Error: no\n    at resize (/app/worker.js:3:9)' });
  expect(lineOfOutcome(outcomeOfError(error, first), first)).toBe(
    '[7] attempt 1 of 3 failed, the next one in 1000 ms: Error: no (at resize (/app/worker.js:3:9))',
  );
  expect(lineOfOutcome(outcomeOfError('no', last), last)).toBe('[7] dead letter (handler) after 3 attempts: no');
  expect(lineOfOutcome({ kind: 'back', id: 7 }, first)).toBeUndefined();
  expect(lineOfOutcome({ kind: 'results', id: 7, json: '1' }, first)).toBeUndefined();
});
