import { abortable, readFinally } from './finalizer';

const run = () => {};

test('a function runs where nothing is dead, unless it says otherwise', () => {
  expect(readFinally('runWorker', run)).toEqual({ run, when: 'success' });
  expect(readFinally('runWorker', { run })).toEqual({ run, when: 'success' });
  expect(readFinally('runWorker', { run, when: 'always' })).toEqual({ run, when: 'always' });
});

test.each([
  ['text', 'string without a function'],
  [null, 'null without a function'],
  [{ when: 'always' }, 'object without a function'],
  [{ run, when: 'never' }, 'when: "never"'],
  [{ run, wen: 'always' }, 'when: "success" and wen'],
])('anything else is refused: %j', (given, what) => {
  expect(() => readFinally('runWorker', given as never)).toThrow(
    `runWorker was given finally with ${what}; allowed are a function, and { run, when } with a function and 'success' or 'always'`,
  );
});

test('what is read ends with the reason for which it is aborted', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const seen: number[] = [];
  const read = async () => {
    for await (const value of abortable(controller.signal, () => numbers())) {
      seen.push(value);
      if (value === 2) controller.abort(reason);
    }
  };
  await expect(read()).rejects.toBe(reason);
  expect(seen).toEqual([1, 2]);
});

async function* numbers(): AsyncGenerator<number> {
  yield* [1, 2, 3];
}
