import { ConfigurationError } from '../errors/errors';
import { parseRedisUrl, redisUrl, strayCharacters, withoutPassword } from './redis-url';

const parse = (url: string) => parseRedisUrl(url, 'REDIS_URL');

describe('an address', () => {
  test.each([
    ['redis://host', { host: 'host' }],
    ['redis://host/', { host: 'host' }],
    ['redis://host:1/2', { host: 'host', port: 1, database: 2 }],
    ['REDISS://Host', { tls: true, host: 'Host' }],
    [' redis://host\n', { host: 'host' }],
    ['redis://redis.jobs.svc.cluster.local.:1', { host: 'redis.jobs.svc.cluster.local.', port: 1 }],
    ['redis://my_redis', { host: 'my_redis' }],
    ['redis://u@host', { host: 'host', username: 'u' }],
    ['redis://:p@host', { host: 'host', password: 'p' }],
    ['redis://u:p%40@host', { host: 'host', username: 'u', password: 'p@' }],
    ['redis://:50%@host', { host: 'host', password: '50%' }],
    ['redis://:a@b@host', { host: 'host', password: 'a@b' }],
    ['redis://:a b:c@host', { host: 'host', password: 'a b:c' }],
    ['redis://:%23%3F%2F@host', { host: 'host', password: '#?/' }],
    ['redis://10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
    ['redis://[::1]', { host: '::1' }],
    ['redis://u:p@[fd00::a]:1/2', { host: 'fd00::a', port: 1, database: 2, username: 'u', password: 'p' }],
    ['redis://[::ffff:10.0.0.1]:1', { host: '::ffff:10.0.0.1', port: 1 }],
    ['redis://[fe80::1%25eth0]:1', { host: 'fe80::1%eth0', port: 1 }],
    ['redis://[fe80::1%eth0]:1', { host: 'fe80::1%eth0', port: 1 }],
  ])('%j is taken apart', (url, parts) => {
    const { host, port = 6379 }: { host: string; port?: number } = parts;
    expect(parse(url)).toEqual({ tls: false, port, seeds: [{ host, port }], database: 0, ...parts });
  });

  test.each([
    ['redis://fd00::a:6380', { host: 'fd00::a', port: 6380 }],
    ['redis://fd00::a:6380/1', { host: 'fd00::a', port: 6380, database: 1 }],
    ['redis://::ffff:10.0.0.1:6380', { host: '::ffff:10.0.0.1', port: 6380 }],
    ['redis://fd00:1:2:3:4:5:6:7:6380', { host: 'fd00:1:2:3:4:5:6:7', port: 6380 }],
    ['redis://fd00:1:2:3:4:5:6:7', { host: 'fd00:1:2:3:4:5:6:7', port: 6379 }],
    ['redis://::1', { host: '::1', port: 6379 }],
    ['redis://fe80::1%eth0:6380', { host: 'fe80::1%eth0', port: 6380 }],
  ])('%j needs no brackets', (url, parts) => {
    expect(parse(url)).toMatchObject(parts);
  });

  const node = (host: string, port = 6379) => ({ host, port });
  const sentinel = (host: string, port = 26_379) => ({ host, port });

  test.each([
    ['redis://a,b:1,10.0.0.1:2', { seeds: [node('a'), node('b', 1), node('10.0.0.1', 2)], database: 0 }],
    ['rediss://u:p@a:1,[fd00::a]:2,[::1]/0', { tls: true, seeds: [node('a', 1), node('fd00::a', 2), node('::1')] }],
    ['redis+sentinel://a/mymaster', { tls: false, seeds: [sentinel('a')], primaryName: 'mymaster', database: 0 }],
    ['redis+sentinel://a,b:1,[::1]/my-1/2', { seeds: [sentinel('a'), sentinel('b', 1), sentinel('::1')], database: 2 }],
    ['redis+sentinel://::1/m', { seeds: [sentinel('::1')], primaryName: 'm' }],
    ['redis+sentinel://fd00::a:6380/m/', { seeds: [node('fd00::a', 6380)], primaryName: 'm', database: 0 }],
    ['REDISS+Sentinel://u:p@a:1/my%20primary', { tls: true, primaryName: 'my primary', username: 'u', password: 'p' }],
  ])('%j names several servers, or sentinels', (url, parts) => {
    expect(parse(url)).toMatchObject(parts);
  });

  test.each([
    ['redis+sentinel://a,b', 'which does not say which primary the sentinels watch'],
    ['redis+sentinel://a//0', 'which does not say which primary the sentinels watch'],
    ['rediss+sentinel://u:secret@a/', 'which does not say which primary the sentinels watch'],
    ['redis://a,b/2', 'and several nodes are those of a Redis Cluster, which has database 0 only: leave /2 out'],
  ])('says what is wrong with %j', (url, why) => {
    const shown = url.replace('u:secret@', '');
    expect(() => parse(url)).toThrow(ConfigurationError);
    expect(() => parse(url)).toThrow(`REDIS_URL is ${JSON.stringify(shown)}, ${why}`);
  });

  test.each([
    'redis://a,',
    'redis://,a',
    'redis://a,,b',
    'redis://a, b',
    'redis://a:0,b',
    'redis://a:1,fd00::a:2',
    'redis://fd00::a,fd00::b',
    'redis://a,b/zero',
    'redis+sentinel://',
    'redis+sentinel:///mymaster',
    'redis+sentinel://a/mymaster/zero',
    'redis+sentinel://a/mymaster/0/1',
    'redis+sentinel://a/mymaster?db=1',
    'redis+sentinel://a,redis+sentinel://b/mymaster',
    'sentinel://a/mymaster',
    'redis-sentinel://a/mymaster',
    'redis',
    '//host',
    'http://redis',
    'redis://',
    'redis://:6379',
    'redis://host:0',
    'redis://host:99999',
    'redis://host:port',
    'redis://host/zero',
    'redis://host?family=6',
    'redis://host#1',
    'redis://ho st',
    'redis://[host]',
    'redis://[::1',
    'redis://::g:1',
    'tcp://10.0.0.1:6379',
  ])('is not %j', (url) => {
    expect(() => parse(url)).toThrow(ConfigurationError);
    expect(() => parse(url)).toThrow(`REDIS_URL is ${JSON.stringify(url)}; allowed is redis://host:port`);
  });

  test.each([
    ['redis://:p#w@host', '"redis://…@host"', '# ', '%23 for #'],
    ['redis://:p?w@host:1', '"redis://…@host:1"', '? ', '%3F for ?'],
    ['redis://u:p/w@host/1', '"redis://…@host/1"', '/ ', '%2F for /'],
    ['rediss://u#:1@host', '"rediss://…@host"', '# ', '%23 for #'],
    ['redis://user:6379/1#p?w@host', '"redis://…@host"', '/ and # and ? ', '%2F for /, %23 for #, %3F for ?'],
    ['redis://:@#w@host', '"redis://…@host"', '# ', '%23 for #'],
  ])('says how to write the password in %j', (url, shown, holds, encoded) => {
    const message = `REDIS_URL is ${shown}, and its user name or password holds ${holds.trim()}, which ends it in an address: percent-encode it (${encoded}), or give it in REDIS_USERNAME and REDIS_PASSWORD`;
    expect(() => parse(url)).toThrow(new ConfigurationError(message));
  });

  test.each([
    'redis://u:secret@host/zero',
    'redis://:sec@ret@host/zero',
    'redis://u:sec/ret@ho st',
    '//:secret@',
    'redis://:sec#ret@host',
    'redis://:sec?ret@host',
    'redis://:sec\nret@ho st',
  ])('is never shown with its password: %p', (url) => {
    expect(() => parse(url)).toThrow(/^(?!.*(sec|ret\W)).*$/s);
  });

  test('is shown without its password', () => {
    expect(withoutPassword('redis://u:secret@host:6379/1')).toBe('redis://host:6379/1');
    expect(withoutPassword('redis://host:6379/1')).toBe('redis://host:6379/1');
  });

  test.each([
    ['redis', 'redis://redis:6379'],
    ['redis.', 'redis://redis.:6379'],
    ['10.0.0.1', 'redis://10.0.0.1:6379'],
    ['fd00::a', 'redis://[fd00::a]:6379'],
    ['::ffff:10.0.0.1', 'redis://[::ffff:10.0.0.1]:6379'],
    ['fe80::1%eth0', 'redis://[fe80::1%eth0]:6379'],
  ])('is made of %j', (host, url) => {
    expect(redisUrl(host)).toBe(url);
    expect(parse(url).host).toBe(host);
  });
});

test.each([
  [{ password: 'p' }, ''],
  [{}, ''],
  [{ password: 'p\n' }, 'the password ends with a line break: '],
  [{ password: 'p\r\n' }, 'the password ends with a line break: '],
  [{ password: ' p ' }, 'the password begins and ends with a space: '],
  [{ username: 'u\n', password: 'p\t' }, 'the user name ends with a line break, and the password ends with a space: '],
])('credentials that a Secret has added something to: %j', (credentials, hint) => {
  if (hint === '') expect(strayCharacters(credentials)).toBe('');
  else expect(strayCharacters(credentials)).toBe(`; ${hint}${strayCharacters(credentials).split(': ')[1]}`);
});
