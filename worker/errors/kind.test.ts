import { kindOf } from './kind';

const url = 'https://example.com';

test.each([
  [
    'a UUID',
    'no user 6f1c2b3a-1d2e-4f50-8a9b-0c1d2e3f4a5b',
    'no user 00000000-0000-4000-8000-00000000000f',
    'no user …',
  ],
  ['a hash', 'blob 3f2a9c1b44 is gone', 'blob 99e0c1b4ff2a9c1b4400 is gone', 'blob … is gone'],
  ['an address in memory', 'at 0x7ffee3b1', 'at 0x10000000', 'at …'],
  ['a random name', 'job 01ARZ3NDEKTSV4RRFFQ69G5FAV failed', 'job 01BX5ZZKBKACTAV9WEVGEMMVRZ failed', 'job … failed'],
  ['a long number', 'order 12345 is missing', 'order 678901 is missing', 'order … is missing'],
  ['a long number in a word', 'file img_20231.png', 'file img_99999.png', 'file img_….png'],
  ['a number with separators', '12,345 rows', '1,234,567 rows', '… rows'],
  ['a time', 'no token since 2026-11-26T10:00:00.123Z', 'no token since 2025-01-02 03:04:05+01:00', 'no token since …'],
  ['a time of day', 'closed at 10:15', 'closed at 23:59:59.999', 'closed at …'],
  ['how long it took', 'timeout after 812 ms', 'timeout after 1.5 s', undefined],
  ['how long it took, in one unit', 'timeout after 812ms', 'timeout after 97ms', 'timeout after …ms'],
  [
    'an address',
    'connect ECONNREFUSED 10.0.0.1:80',
    'connect ECONNREFUSED 192.168.100.7:443',
    'connect ECONNREFUSED …',
  ],
  [
    'an address of IPv6',
    'connect ECONNREFUSED ::1:6379',
    'connect ECONNREFUSED [fe80::1%eth0]:80',
    'connect ECONNREFUSED …',
  ],
  ['a port', 'connect ECONNREFUSED redis:6379', 'connect ECONNREFUSED redis:16379', 'connect ECONNREFUSED redis:…'],
  ['a path', `HTTP 503 for ${url}/1`, `HTTP 503 for ${url}/2/x.png?y=1#z`, `HTTP 503 for ${url}/…`],
  ['a path in front', `Error: ${url}/a-b: 503`, `Error: ${url}/c?d=(e): 503`, `Error: ${url}/…: 503`],
  ['a query', `(${url}?a=1)`, `(${url}?b=2).`.slice(0, -1), `(${url}/…)`],
  ['who asks', 'GET ftp://bob:secret@example.com/1', 'GET ftp://eve:x@example.com/2', 'GET ftp://…@example.com/…'],
  ['a host that is an address', 'GET http://10.1.2.3:8080/a', 'GET http://10.9.8.7:80/b', 'GET http://…/…'],
  [
    'quoted text',
    `Unexpected token 'a', "{\\"a\\": it's" is not valid JSON`,
    `Unexpected token '<', "<p>" is not valid JSON`,
    `Unexpected token '…', "…" is not valid JSON`,
  ],
  ['quoted text of other sorts', 'no “a” in `b` or «c»', 'no “dd” in `` or «f g»', 'no “…” in `…` or «…»'],
  [
    'a place',
    'in JSON at position 17 (line 1 column 18)',
    'in JSON at position 4 (line 2 column 3)',
    'in JSON at position … (line … column …)',
  ],
  ['a place in a file', 'input.csv:3:17 is no number', 'input.csv:14:1 is no number', 'input.csv:… is no number'],
  ['space', 'no\tuser\r\n  12345 ', 'no user 77777', 'no user …'],
])('%s does not tell failures apart', (_, one, other, kind) => {
  if (kind === undefined) return expect(kindOf(one)).not.toBe(kindOf(other));
  expect([kindOf(one), kindOf(other)]).toEqual([kind, kind]);
});

test.each([
  ['HTTP 503', 'HTTP 404'],
  [`HTTP 503 for ${url}/1`, `HTTP 404 for ${url}/1`],
  [`${url}/1: 503`, `${url}/1: 404`],
  [`${url}/1`, 'https://example.org/1'],
  ['exit code 1', 'exit code 2'],
  ['MongoError [code 11000]: write failed', 'MongoError [code 50000]: write failed'],
  [
    'fetch failed, caused by Error: connect ETIMEDOUT 10.0.0.1:80',
    'fetch failed, caused by Error: connect ECONNREFUSED 10.0.0.1:80',
  ],
  ["can't read it", "can't write it"],
  ["bob's car is red and bob's house", "bob's cat is red and bob's house"],
  ['"unclosed a', '"unclosed b'],
  ['3 shards failed', '4 shards failed'],
])('%j and %j are two kinds', (one, other) => {
  expect(kindOf(one)).not.toBe(kindOf(other));
});

test('the end of a long text does not tell failures apart, nor does the length of what stands before it', () => {
  const tail = 'x '.repeat(200);
  expect(kindOf(`${url}/1 ${tail}a`)).toBe(kindOf(`${url}/${'2'.repeat(300)} ${tail}b`));
  expect(kindOf(tail)).toHaveLength(200);
  expect(kindOf(tail)).toMatch(/…$/);
});

test('a kind is one line without half a character', () => {
  expect(kindOf(`a\n\u001b[31mb\u2028c`)).toBe('a [31mb c');
  for (let i = 195; i <= 205; i++)
    expect(kindOf(`${'x'.repeat(i)}😀😀😀`)).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
  expect(kindOf('')).toBe('');
});

test('a kind is a kind of its own', () => {
  for (const text of [`Error: ${url}/1: 503 after 10 ms`, 'a "b" c', `x ${'y'.repeat(300)}`]) {
    expect(kindOf(kindOf(text))).toBe(kindOf(text));
  }
});

test('no text takes long', () => {
  // Where each character is looked at once or a few times, this is about a million steps; at the square of it, ten billion.
  const hostile = ['"', "'a ", '1:', '1.1.1.', '::', 'a:', 'http://', '0', 'f', '1,', '1-', '\\"', ' ', 'a@b://', '…'];
  for (const part of hostile) kindOf(part.repeat(100_000));
  for (let i = 0; i < 20; i++) for (const part of hostile) kindOf(part.repeat(2_000));
});
