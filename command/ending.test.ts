import { ConfigurationError, RetryLater, UnfitHandlerError, UnrecoverableError } from '../worker/errors';
import { COMMAND_DEFAULTS } from './command-spec';
import { errorOfAbort, errorOfEnd } from './ending';

const end = (code: number | null, stderr = '', signal: NodeJS.Signals | null = null, isProven = true) =>
  errorOfEnd('/usr/bin/ffmpeg', { code, signal, stderr }, COMMAND_DEFAULTS, isProven);

test('0 is done', () => {
  expect(end(0, 'a warning')).toBeUndefined();
});

test('any other code is a failed attempt, by the last line of standard error', () => {
  const error = end(1, 'Input #0\nNo such file\n \n');
  expect(error).not.toBeInstanceOf(UnrecoverableError);
  expect(error).toMatchObject({
    message: 'ffmpeg ended with 1: No such file',
    stderr: 'Input #0\nNo such file\n \n',
    stack: '',
  });
  expect(end(3)?.message).toBe('ffmpeg ended with 3');
  expect(end(1, `${'x'.repeat(1_000)} the end`)?.message).toMatch(/^ffmpeg ended with 1: …x+ the end$/);
});

test('a signal is named', () => {
  expect(end(null, '', 'SIGKILL')?.message).toBe('ffmpeg was killed by SIGKILL');
  expect(end(null, 'bad access', 'SIGSEGV')?.message).toBe('ffmpeg was killed by SIGSEGV: bad access');
});

test('some codes give an item up, others put it off', () => {
  expect(end(65, 'no image')).toBeInstanceOf(UnrecoverableError);
  expect(end(65, 'no image')?.message).toBe('ffmpeg ended with 65: no image');
  const later = end(75, 'busy') as RetryLater;
  expect(later).toBeInstanceOf(RetryLater);
  expect([later.ms, later.message]).toEqual([30_000, 'ffmpeg ended with 75: busy']);
});

test('what is not there ends the worker as long as nothing has run, and fails an attempt after that', () => {
  const first = end(127, 'sh: 1: convrt: not found', null, false) as UnfitHandlerError;
  expect(first).toBeInstanceOf(UnfitHandlerError);
  expect(first.cause).toBeInstanceOf(ConfigurationError);
  expect(first.message).toContain(
    'ffmpeg ended with 127, which says that a program is not there: sh: 1: convrt: not found',
  );
  expect(end(126, '', null, false)).toBeInstanceOf(UnfitHandlerError);
  expect(end(127, 'no')?.message).toBe('ffmpeg ended with 127, which says that a program is not there: no');
  expect(end(127)).not.toBeInstanceOf(UnfitHandlerError);
});

test('a code that is named says what its name says', () => {
  const named = { ...COMMAND_DEFAULTS, dead: [127] };
  expect(errorOfEnd('a', { code: 127, signal: null, stderr: '' }, named, false)).toBeInstanceOf(UnrecoverableError);
});

test('an item that was ended is told with its reason', () => {
  expect(errorOfAbort('ffmpeg', new Error('the item took longer than 100 ms'), 'frame 1\rframe 2').message).toBe(
    'ffmpeg was ended, as the item took longer than 100 ms: frame 2',
  );
});
