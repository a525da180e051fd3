import { UsageError } from '../failures';
import { allOf, type Letter } from './conditions';

const letter: Letter = {
  id: 17,
  reason: 'handler',
  attempts: 3,
  at: new Date('2026-11-26T10:00:30Z'),
  error: 'Error: HTTP 503 for https://example.com/a/1',
  stack: undefined,
  worker: 'count-primes-0-x7k2p',
  duration: 30_400,
  history: [],
  payload: Buffer.from('https://Example.com/a/1'),
  item: undefined,
};
const bare = { ...letter, worker: undefined, duration: undefined };

test.each([
  'reason=handler',
  'reason!=crash',
  'error~503',
  'error~http 503',
  'error!~ETIMEDOUT',
  'error=Error: HTTP 503 for https://example.com/a/1',
  'kind=Error: HTTP 503 for https://example.com/…',
  'kind=Error: HTTP 503 for https://example.com/b/2?c=3',
  'kind!=Error: HTTP 404 for https://example.com/…',
  'worker=count-primes-0-x7k2p',
  'worker~primes-0',
  'item~example.com/a',
  'item=https://Example.com/a/1',
  'id=17',
  'id!=18',
  'attempts>=3',
  ' attempts <= 3 ',
  'attempts>2',
  'attempts<4',
  'duration>30s',
  'duration>=30400ms',
  'duration<1m',
  'duration!=1',
  'at>=2026-11-26',
  'at>=2026-11-26T10:00',
  'at>=2026-11-26 10:00:30.000Z',
  'at<2026-11-26T12:01+02:00',
  'at=2026-11-26T10:00:30Z',
])('%s holds', (text) => {
  expect(allOf([text])(letter)).toBe(true);
});

test.each([
  'reason=crash',
  'reason!=handler',
  'error~504',
  'error!~503',
  'error=HTTP 503',
  'kind=Error: HTTP 404 for https://example.com/…',
  'worker=count-primes-0',
  'worker!~primes',
  'item~.org',
  'id<17',
  'attempts>3',
  'duration<=30s',
  'at<2026-11-26T10:00',
  'at>2026-11-26T10:00:30Z',
])('%s does not hold', (text) => {
  expect(allOf([text])(letter)).toBe(false);
});

test('all of them have to hold, and none is no condition', () => {
  expect(allOf(['reason=handler', 'attempts=3'])(letter)).toBe(true);
  expect(allOf(['reason=handler', 'attempts=2'])(letter)).toBe(false);
  expect(allOf([])(letter)).toBe(true);
});

test('what is not known is neither less nor more', () => {
  expect(['duration<1h', 'duration>=0', 'duration!=7', 'worker~pod'].map((text) => allOf([text])(bare))).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(allOf(['worker='])(bare)).toBe(true);
});

test('bytes that are no text can be looked through', () => {
  const payload = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('fig')]);
  expect(allOf(['item~fig'])({ ...letter, payload })).toBe(true);
});

test.each([
  ['', 'Begin with one of reason, kind, error, worker, item, id, attempts, duration, at'],
  ['503', 'Begin with one of'],
  ['reasons=crash', 'Begin with one of'],
  ['constructor=x', 'Begin with one of'],
  ['Reason=crash', 'Begin with one of'],
  ['reason', 'Begin with one of'],
  ['reason=bad luck', 'Allowed is reason, then = or !=, then handler, crash or invalid'],
  ['reason~crash', 'Allowed is reason, then = or !=, then handler, crash or invalid'],
  ['error>=503', 'Allowed is error, then = != ~ or !~, then a text'],
  ['error~', 'Allowed is error, then = != ~ or !~, then a text'],
  ['kind=', 'Allowed is kind, then = or !=, then a kind'],
  ['attempts>=many', 'Allowed is attempts, then = != < <= > or >=, then a whole number'],
  ['attempts~3', 'then a whole number'],
  ['attempts=-1', 'then a whole number'],
  ['duration>soon', 'then a time such as 500ms, 30s or 5m'],
  ['at>=yesterday', 'then a time such as 2026-11-26 or 2026-11-26T10:00'],
  ['at>=2026-13-40', 'then a time such as'],
  ['at>=10:00', 'then a time such as'],
])('%j is refused, with what is allowed', (text, allowed) => {
  expect(() => allOf([text])).toThrow(UsageError);
  expect(() => allOf([text])).toThrow(`--where ${JSON.stringify(text)} is no condition. `);
  expect(() => allOf([text])).toThrow(allowed);
  expect(() => allOf([text])).toThrow("--where reason=crash, --where 'error~HTTP 503', --where 'attempts>=3'");
});
