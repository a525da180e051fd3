import { DEFAULTS, ENV } from '../contract';
import { ConfigurationError } from '../errors/errors';
import { endpointOf, readSettings, readStoreAddress } from './settings';

const REDIS_URL = 'redis://redis:6379';
const read = (env: Record<string, string>) => readSettings({ REDIS_URL, ...env });

test('without a word, everything is as documented', () => {
  expect(read({ HOSTNAME: 'pod-1' })).toEqual({
    ...DEFAULTS,
    store: { url: REDIS_URL },
    batch: '',
    gated: false,
    run: '',
    worker: 'pod-1',
    tolerateDeadLetters: false,
    failFast: false,
    endless: false,
    terminationLog: '/dev/termination-log',
  });
});

test('reads what the chart renders', () => {
  const env = {
    [ENV.queue]: 'job2',
    [ENV.concurrency]: '8',
    [ENV.lease]: '5000',
    [ENV.maxAttempts]: '1',
    [ENV.itemTimeout]: '60000',
    [ENV.startTimeout]: '0',
    [ENV.storeTimeout]: '1000',
    [ENV.settle]: '0',
    [ENV.grace]: '45000',
    [ENV.batch]: 'b1',
    [ENV.gate]: 'filled',
    [ENV.run]: 'uid',
    [ENV.worker]: 'pod-2',
    [ENV.tolerateDeadLetters]: 'true',
    [ENV.terminationLog]: '/tmp/log',
    [ENV.leaveFromIndex]: '2',
    [ENV.completionIndex]: '2',
  };
  expect(read(env)).toEqual({
    store: { url: REDIS_URL },
    queue: 'job2',
    concurrency: 8,
    lease: 5_000,
    maxAttempts: 1,
    itemTimeout: 60_000,
    startTimeout: 0,
    storeTimeout: 1_000,
    settle: 0,
    grace: 45_000,
    batch: 'b1',
    gated: true,
    run: 'uid',
    worker: 'pod-2',
    tolerateDeadLetters: true,
    failFast: false,
    endless: false,
    terminationLog: '/tmp/log',
    spareAfter: 5_000,
  });
});

test.each([
  ['', '7', undefined],
  ['2', '', undefined],
  ['2', '0', undefined],
  ['2', '1', undefined],
  ['2', '2', 5_000],
  ['2', '1000', 5_000],
])('where workers may leave from index %p on, that of index %p does after %p ms', (from, index, expected) => {
  expect(read({ [ENV.leaveFromIndex]: from, [ENV.completionIndex]: index }).spareAfter).toBe(expected);
});

test.each([
  [ENV.failFast, 'true', 'WORK_QUEUE_FAIL_FAST is set'],
  [ENV.tolerateDeadLetters, 'true', 'WORK_QUEUE_TOLERATE_DEAD_LETTERS is set'],
  [ENV.batch, 'b1', 'WORK_QUEUE_BATCH is set'],
  [ENV.leaveFromIndex, '1', 'WORK_QUEUE_LEAVE_FROM_INDEX is set'],
])('where the work never ends, %s=%p is refused', (name, value, message) => {
  expect(() => read({ [ENV.endless]: 'true', [name]: value })).toThrow(ConfigurationError);
  expect(() => read({ [ENV.endless]: 'true', [name]: value })).toThrow(message);
  expect(read({ [ENV.endless]: 'true', [name]: '' })).toMatchObject({ endless: true });
});

test('the index of a pod is of no interest where nobody leaves', () => {
  expect(read({ [ENV.completionIndex]: 'first' }).spareAfter).toBeUndefined();
});

test.each(['-1', 'first', '1.5', '2147483648'])('%p is no index of a pod', (index) => {
  expect(() => read({ [ENV.leaveFromIndex]: '1', [ENV.completionIndex]: index })).toThrow(
    `JOB_COMPLETION_INDEX is "${index}"; allowed are whole numbers from 0 to 2147483647`,
  );
});

test('where each run has a queue of its own, it has the name that the code gives it, and a time for which it is kept', () => {
  const env = { [ENV.definedAs]: 'pages', [ENV.queue]: 'pages-night-1', [ENV.job]: 'night-1', [ENV.keep]: '60000' };
  expect(read(env)).toMatchObject({ queue: 'pages-night-1', definedAs: 'pages', keep: 60_000 });
  expect(read({ [ENV.definedAs]: '', [ENV.keep]: '' })).toEqual(read({}));
});

test('a run without a name, or with nothing but the name in the code, is refused', () => {
  const env = { [ENV.definedAs]: 'pages', [ENV.queue]: 'pages-' };
  expect(() => read({ ...env, [ENV.job]: '' })).toThrow(
    'WORK_QUEUE_JOB is empty, and it names the run that has a queue of its own; take it from the label batch.kubernetes.io/job-name',
  );
  expect(() => read({ [ENV.definedAs]: 'pages' })).toThrow(
    'WORK_QUEUE_DEFINED_AS is "pages", and WORK_QUEUE_NAME is missing; set both, or only WORK_QUEUE_NAME',
  );
});

test('an empty variable is none', () => {
  expect(
    read({ [ENV.concurrency]: '', [ENV.tolerateDeadLetters]: '', [ENV.worker]: '', HOSTNAME: 'pod' }),
  ).toMatchObject({ concurrency: 1, tolerateDeadLetters: false, worker: 'pod' });
});

test.each(['0/1000', '1/0', '100', '100/', '1.5/1000', '100/1000/2', '1000000001/1', '100 per minute'])(
  '%p is no rate',
  (rate) => {
    expect(() => read({ [ENV.rate]: rate })).toThrow(
      `WORK_QUEUE_RATE is "${rate}"; allowed is ITEMS/MS, from 1 to 1000000000 items in 1 to 31536000000 ms, such as 100/60000`,
    );
  },
);

test('a rate is so many items in so many ms, and none where nothing says so', () => {
  expect(read({ [ENV.rate]: '100/60000' }).rate).toEqual({ items: 100, per: 60_000 });
  expect(read({ [ENV.rate]: '' })).not.toHaveProperty('rate');
});

test('a process without a host name is known by its number', () => {
  expect(read({}).worker).toBe(`pid ${process.pid}`);
});

test.each([
  [ENV.concurrency, '0', 'allowed are whole numbers from 1 to 10000'],
  [ENV.concurrency, '-1', 'allowed are whole numbers'],
  [ENV.concurrency, '1.5', 'allowed are whole numbers'],
  [ENV.concurrency, '1e3', 'allowed are whole numbers'],
  [ENV.concurrency, 'many', 'allowed are whole numbers'],
  [ENV.lease, '999', 'allowed are whole numbers from 1000 to'],
  [ENV.maxAttempts, '0', 'allowed are whole numbers from 1 to'],
  [ENV.keep, '0', 'allowed are whole numbers from 1 to'],
  [ENV.keep, '7 days', 'allowed are whole numbers from 1 to'],
  [ENV.grace, '99999999999999999999', 'allowed are whole numbers'],
  // Somebody has to stay.
  [ENV.leaveFromIndex, '0', 'allowed are whole numbers from 1 to 2147483647'],
  [ENV.leaveFromIndex, 'all', 'allowed are whole numbers from 1 to'],
  [ENV.tolerateDeadLetters, 'yes', 'allowed are true and false'],
  [ENV.failFast, 'yes', 'allowed are true and false'],
  [ENV.endless, 'yes', 'allowed are true and false'],
  [ENV.gate, 'open', 'allowed is filled'],
  [ENV.queue, '{job}2', 'braces are not allowed'],
  [ENV.queue, '', 'give the name of the list'],
])('%s=%p is refused, and named', (name, value, allowed) => {
  expect(() => read({ [name]: value })).toThrow(ConfigurationError);
  expect(() => read({ [name]: value })).toThrow(allowed);
  expect(() => read({ [name]: value })).toThrow(name);
});

describe('the address of Redis', () => {
  test('is taken from the URL before all else', () => {
    expect(readStoreAddress({ REDIS_URL: 'rediss://a:1/2', REDIS_SERVICE_HOST: 'b' })).toEqual({
      url: 'rediss://a:1/2',
    });
  });

  test.each([
    [{ REDIS_SERVICE_HOST: '10.0.0.1', REDIS_SERVICE_PORT: '6380' }, 'redis://10.0.0.1:6380'],
    [{ REDIS_SERVICE_HOST: 'redis' }, 'redis://redis:6379'],
    [{ REDIS_SERVICE_HOST: 'fd00::1', REDIS_SERVICE_PORT: '6379' }, 'redis://[fd00::1]:6379'],
    [{ REDIS_SERVICE_HOST: 'fd00::1' }, 'redis://[fd00::1]:6379'],
    [{ REDIS_SERVICE_HOST: '::ffff:10.0.0.1', REDIS_SERVICE_PORT: '1' }, 'redis://[::ffff:10.0.0.1]:1'],
    [{ REDIS_SERVICE_HOST: 'fe80::1%eth0', REDIS_SERVICE_PORT: '1' }, 'redis://[fe80::1%eth0]:1'],
  ])('is %p', (env, url) => {
    expect(readStoreAddress(env)).toEqual({ url });
  });

  test('comes with user and password of their own variables', () => {
    const env = { REDIS_URL, REDIS_USERNAME: 'worker', REDIS_PASSWORD: 'p@ss/word' };
    expect(readStoreAddress(env)).toEqual({ url: REDIS_URL, username: 'worker', password: 'p@ss/word' });
  });

  test('comes with the files beside it, and without those whose variable is empty', () => {
    const env = { REDIS_URL, REDIS_CA_FILE: '/ca.pem', REDIS_CERT_FILE: '/tls.crt', REDIS_KEY_FILE: '/tls.key' };
    const files = { caFile: '/ca.pem', certFile: '/tls.crt', keyFile: '/tls.key' };
    expect(readStoreAddress(env)).toEqual({ url: REDIS_URL, ...files });
    expect(readStoreAddress({ ...env, REDIS_CERT_FILE: '', REDIS_KEY_FILE: '', REDIS_PASSWORD_FILE: '/p' })).toEqual({
      url: REDIS_URL,
      caFile: '/ca.pem',
      passwordFile: '/p',
    });
  });

  test('comes with what its sentinels are told', () => {
    const env = { REDIS_URL, REDIS_SENTINEL_USERNAME: 'u', REDIS_SENTINEL_PASSWORD: 'p' };
    expect(readStoreAddress(env)).toEqual({ url: REDIS_URL, sentinelUsername: 'u', sentinelPassword: 'p' });
    const file = { REDIS_URL, REDIS_SENTINEL_PASSWORD_FILE: '/etc/sentinel/password' };
    expect(readStoreAddress(file)).toEqual({ url: REDIS_URL, sentinelPasswordFile: '/etc/sentinel/password' });
  });

  test('is joined by the credentials beside it, which go before those in it', () => {
    const address = { url: 'rediss://u:p@host', username: 'v', password: 'q' };
    expect(endpointOf(address, 'the URL')).toMatchObject({ tls: true, host: 'host', username: 'v', password: 'q' });
  });

  test('has to be there', () => {
    expect(() => readStoreAddress({})).toThrow(/the address of Redis is missing: set REDIS_URL .*REDIS_SERVICE_HOST/);
  });

  test.each(['redis', 'http://redis', 'redis://', 'redis://redis:99999', 'redis://redis/zero', 'tcp://10.0.0.1:6379'])(
    'is not %p',
    (url) => {
      expect(() => readStoreAddress({ REDIS_URL: url })).toThrow(ConfigurationError);
      expect(() => readStoreAddress({ REDIS_URL: url })).toThrow(/REDIS_URL is .*allowed is redis:\/\/host:port/);
    },
  );
});
