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
    expect(parse(url)).toEqual({ tls: false, port: 6379, database: 0, ...parts });
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

  test.each([
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
  const endpoint = { tls: false, host: 'host', port: 1, database: 0, ...credentials };
  if (hint === '') expect(strayCharacters(endpoint)).toBe('');
  else expect(strayCharacters(endpoint)).toBe(`; ${hint}${strayCharacters(endpoint).split(': ')[1]}`);
});
