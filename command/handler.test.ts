import { RetryLater, UnfitHandlerError, UnrecoverableError } from '../worker/errors';
import { readCommandSpec } from './command-spec';
import { commandHandler } from './handler';
import { type ProcessEnd, runProcess } from './run-process';

jest.mock('./run-process');
const runs = jest.mocked(runProcess);

const failed = (code: string) => Object.assign(new Error(`spawn ${code}`), { code });
const log = Object.assign(() => {}, { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} });
const context = { id: 1, attempt: 1, token: '1', signal: new AbortController().signal, log };

const handler = () =>
  commandHandler(readCommandSpec(['--', 'tool', '{}']), { queue: 'items', grace: 30_000, env: process.env });

test('where there is no room for another process, the item is put off, and a worker that runs no other one ends', async () => {
  const handle = handler();
  const { promise: ends, resolve: end } = withResolvers<ProcessEnd>();
  runs.mockReturnValueOnce(ends).mockRejectedValueOnce(failed('EAGAIN'));
  const first = handle(Buffer.from('a'), context);
  await expect(handle(Buffer.from('b'), context)).rejects.toBeInstanceOf(RetryLater);
  end({ code: 0, signal: null, isAborted: false, stdout: undefined, stderr: '' });
  await first;
  runs.mockRejectedValueOnce(failed('EAGAIN'));
  const alone = (await handle(Buffer.from('c'), context).catch((error) => error)) as UnfitHandlerError;
  expect(alone).toBeInstanceOf(UnfitHandlerError);
  expect(alone.cause.message).toContain('tool could not be started (EAGAIN): there is no room for another process');
});

test('an item that is too long with its environment is given up', async () => {
  runs.mockRejectedValueOnce(failed('E2BIG'));
  const error = (await handler()(Buffer.from('a'), context).catch((thrown) => thrown)) as Error;
  expect(error).toBeInstanceOf(UnrecoverableError);
  expect(error.message).toContain('too long together; let the command read the item, with --input stdin');
});

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((each) => {
    resolve = each;
  });
  return { promise, resolve };
}
