import { Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { type ClusterRedisProps, InvalidPropError, RedisStore, RedisWorkQueueJob, type SentinelRedisProps } from '..';
import { connectionVolumes, workerConnection } from './redis-connection';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;

const newChart = () => new Chart(Testing.app(), 'test');
const key = (key: string) => ({ secret: { name: 'credentials' }, key });
const fromSecret = (name: string, key: string) => ({
  name,
  valueFrom: { secretKeyRef: { name: 'credentials', key } },
});

const SENTINELS = { sentinels: ['s1.example.com', 's2.example.com:26380', '[fd00::3]'], primaryName: 'mymaster' };
const NODES = { nodes: ['n1.example.com', 'n2.example.com:7000', '[fd00::3]:6379'] };

const sentinel = (props: object = {}, of = newChart()) => RedisStore.sentinel(of, 'redis', { ...SENTINELS, ...props });
const cluster = (props: object = {}, of = newChart()) => RedisStore.cluster(of, 'redis', { ...NODES, ...props });
const external = (props: object = {}, of = newChart()) =>
  RedisStore.external(of, 'redis', { host: 'redis.example.com', ...props });

test.each<[string, RedisStore, string]>([
  ['a database', external({ database: 3 }), 'redis://redis.example.com:6379/3'],
  ['database 0', external({ database: 0 }), 'redis://redis.example.com:6379'],
  ['a host from a Secret', external({ host: key('host') }), 'redis://$(WORK_QUEUE_REDIS_HOST):6379'],
  [
    'host and database from a Secret',
    external({ host: key('host'), database: key('database'), port: 6380, tls: true }),
    'rediss://$(WORK_QUEUE_REDIS_HOST):6380/$(WORK_QUEUE_REDIS_DATABASE)',
  ],
  ['sentinels', sentinel(), 'redis+sentinel://s1.example.com:26379,s2.example.com:26380,[fd00::3]:26379/mymaster'],
  [
    'sentinels, TLS and a database',
    sentinel({ sentinels: ['s1'], tls: true, database: 2 }),
    'rediss+sentinel://s1:26379/mymaster/2',
  ],
  [
    'sentinels and a database from a Secret',
    sentinel({ sentinels: ['s1'], database: key('database') }),
    'redis+sentinel://s1:26379/mymaster/$(WORK_QUEUE_REDIS_DATABASE)',
  ],
  ['nodes of a cluster', cluster(), 'redis://n1.example.com:6379,n2.example.com:7000,[fd00::3]:6379'],
  ['one node of a cluster, and TLS', cluster({ nodes: ['n1'], tls: true }), 'rediss://n1:6379'],
])('%s are in the URL', (_, store, url) => {
  expect(store.url).toBe(url);
});

test('a store of sentinels has all that it was told, and makes nothing', () => {
  const chart = newChart();
  const props: Required<SentinelRedisProps> = {
    ...SENTINELS,
    sentinelUsername: 'watcher',
    sentinelPassword: key('sentinel'),
    database: 2,
    tls: true,
    certificateAuthorities: { configMap: { name: 'ca' }, key: 'ca.crt' },
    clientCertificate: { secret: { name: 'client' } },
    passwordAsFile: true,
    username: key('user'),
    password: key('password'),
    egressRules: [{ ports: [{ port: 6379 }] }],
    image: 'mirror.example/redis:8.2',
    imagePullPolicy: 'Never',
    imageHasAuthorities: true,
    imagePullSecrets: [{ name: 'mirror' }],
  };
  const store = sentinel(props, chart);
  expect(store.addresses).toEqual([
    { host: 's1.example.com', port: 26379 },
    { host: 's2.example.com', port: 26380 },
    { host: 'fd00::3', port: 26379 },
  ]);
  const { host, port, primaryName, database, sentinelUsername, sentinelPassword, tls, service } = store;
  expect({ host, port, primaryName, database }).toEqual({
    host: 's1.example.com',
    port: 26379,
    primaryName: 'mymaster',
    database: 2,
  });
  expect([sentinelUsername, sentinelPassword, tls, service]).toEqual(['watcher', key('sentinel'), true, undefined]);
  expect(Testing.synth(chart)).toEqual([]);
});

test('a store that is a cluster has all that it was told, and makes nothing', () => {
  const chart = newChart();
  const props: Required<ClusterRedisProps> = {
    ...NODES,
    tls: true,
    certificateAuthorities: { ...key('ca.crt') },
    clientCertificate: { secret: { name: 'client' } },
    passwordAsFile: true,
    username: 'fruit',
    password: key('password'),
    egressRules: [{ ports: [{ port: 6379 }] }],
    image: 'mirror.example/redis:8.2',
    imagePullPolicy: 'Never',
    imageHasAuthorities: true,
    imagePullSecrets: [{ name: 'mirror' }],
  };
  const { addresses, username, primaryName } = cluster(props, chart);
  expect(addresses.map(({ port }) => port)).toEqual([6379, 7000, 6379]);
  expect([username, primaryName]).toEqual(['fruit', undefined]);
  expect(Testing.synth(chart)).toEqual([]);
});

test('what a Secret holds of the address stands before the address, as a kubelet expands variables in order', () => {
  const names = workerConnection(external({ host: key('host'), database: key('database'), password: key('p') }));
  expect(names).toEqual([
    fromSecret('WORK_QUEUE_REDIS_HOST', 'host'),
    fromSecret('WORK_QUEUE_REDIS_DATABASE', 'database'),
    { name: 'REDIS_URL', value: 'redis://$(WORK_QUEUE_REDIS_HOST):6379/$(WORK_QUEUE_REDIS_DATABASE)' },
    fromSecret('REDIS_PASSWORD', 'p'),
  ]);
});

test('the sentinels have credentials of their own', () => {
  const store = sentinel({
    username: 'us$(er)',
    password: key('password'),
    sentinelUsername: key('watcher'),
    sentinelPassword: key('sentinel'),
  });
  expect(workerConnection(store).slice(1)).toEqual([
    { name: 'REDIS_USERNAME', value: 'us$$(er)' },
    fromSecret('REDIS_PASSWORD', 'password'),
    fromSecret('REDIS_SENTINEL_USERNAME', 'watcher'),
    fromSecret('REDIS_SENTINEL_PASSWORD', 'sentinel'),
  ]);
});

test('a client certificate and a password that is read from a file are in one volume with the authorities', () => {
  const chart = newChart();
  const redis = external(
    {
      tls: true,
      certificateAuthorities: { configMap: { name: 'company-ca' }, key: 'bundle.pem' },
      clientCertificate: { secret: { name: 'redis-client' } },
      password: key('password'),
      passwordAsFile: true,
    },
    chart,
  );
  new RedisWorkQueueJob(chart, 'job', { queueName: 'q', image: 'worker', redis, items: ['a'] });
  const sources = [
    { configMap: { name: 'company-ca', items: [{ key: 'bundle.pem', path: 'ca.pem' }] } },
    {
      secret: {
        name: 'redis-client',
        items: [
          { key: 'tls.crt', path: 'tls.crt' },
          { key: 'tls.key', path: 'tls.key' },
        ],
      },
    },
    { secret: { name: 'credentials', items: [{ key: 'password', path: 'password' }] } },
  ];
  const jobs = Testing.synth(chart).filter(({ kind }: Manifest) => kind === 'Job');
  expect(jobs).toHaveLength(2);
  for (const { spec } of jobs) {
    const { volumes, containers, initContainers = [] } = spec.template.spec;
    expect(volumes).toContainEqual({ name: 'redis-ca', projected: { sources } });
    for (const { env, volumeMounts } of [...containers, ...initContainers]) {
      expect(volumeMounts).toContainEqual({ name: 'redis-ca', mountPath: '/etc/redis-ca', readOnly: true });
      expect(env).toEqual(
        expect.arrayContaining([
          { name: 'REDIS_PASSWORD_FILE', value: '/etc/redis-ca/password' },
          { name: 'REDIS_CA_FILE', value: '/etc/redis-ca/ca.pem' },
          { name: 'REDIS_CERT_FILE', value: '/etc/redis-ca/tls.crt' },
          { name: 'REDIS_KEY_FILE', value: '/etc/redis-ca/tls.key' },
        ]),
      );
      expect(env.map(({ name }: Manifest) => name)).toEqual(
        expect.not.arrayContaining(['REDIS_PASSWORD', 'REDISCLI_AUTH']),
      );
    }
  }
});

test('a client certificate or a password alone is a volume of its own Secret', () => {
  const volumeOf = (props: object) => connectionVolumes(external(props));
  expect(volumeOf({ tls: true, clientCertificate: { secret: { name: 'redis-client' } } })).toMatchObject([
    { name: 'redis-ca', secret: { secretName: 'redis-client' } },
  ]);
  expect(volumeOf({ password: key('p'), passwordAsFile: true })).toEqual([
    { name: 'redis-ca', secret: { secretName: 'credentials', items: [{ key: 'p', path: 'password' }] } },
  ]);
  expect(volumeOf({ password: key('p') })).toEqual([]);
});

test('authorities come from a ConfigMap as well as from a Secret, of any version of cdk8s-plus', () => {
  const chart = newChart();
  const configMap = kplus.ConfigMap.fromConfigMapName(chart, 'ca', 'company-ca');
  const redis = external({ tls: true, certificateAuthorities: { configMap, key: 'bundle.pem' } }, chart);
  new RedisWorkQueueJob(chart, 'job', { queueName: 'q', image: 'worker', redis, items: ['a'] });
  for (const { spec } of Testing.synth(chart).filter(({ kind }: Manifest) => kind === 'Job')) {
    const { volumes, containers } = spec.template.spec;
    const items = [{ key: 'bundle.pem', path: 'ca.pem' }];
    expect(volumes).toContainEqual({ name: 'redis-ca', configMap: { name: 'company-ca', items } });
    const mount = { name: 'redis-ca', mountPath: '/etc/redis-ca', readOnly: true };
    expect(containers[0].volumeMounts).toContainEqual(mount);
    expect(containers[0].env).toContainEqual({ name: 'REDIS_CA_FILE', value: '/etc/redis-ca/ca.pem' });
  }
});

test.each([
  [
    'sentinels',
    sentinel({ sentinels: ['10.0.0.5'] }),
    /sentinels is \[ '10\.0\.0\.5:26379' \]\. .* of all its servers/,
  ],
  ['nodes', cluster({ nodes: ['10.0.0.5'] }), /nodes is \[ '10\.0\.0\.5:6379' \]\. .* of all its servers/],
])('%s are no one side of a connection to a policy, and say so', (_, store, message) => {
  expect(() => store.toNetworkPolicyPeerConfig()).toThrow(InvalidPropError);
  expect(() => store.toNetworkPolicyPeerConfig()).toThrow(message);
  expect(store.toPodSelector()).toBeUndefined();
});

test.each<[string, (of: Chart) => RedisStore, (of: Chart) => RedisStore, boolean]>([
  [
    'sentinels of which one is named in both, and one primary',
    (of) => RedisStore.sentinel(of, 'a', { sentinels: ['s1.a', 's2.a'], primaryName: 'm' }),
    (of) => RedisStore.sentinel(of, 'b', { sentinels: ['S2.a.:26379'], primaryName: 'm' }),
    true,
  ],
  [
    'two primaries of the same sentinels',
    (of) => RedisStore.sentinel(of, 'a', { sentinels: ['s1.a'], primaryName: 'm' }),
    (of) => RedisStore.sentinel(of, 'b', { sentinels: ['s1.a'], primaryName: 'n' }),
    false,
  ],
  [
    'nodes of which one is named in both',
    (of) => RedisStore.cluster(of, 'a', { nodes: ['n1.a', 'n2.a'] }),
    (of) => RedisStore.cluster(of, 'b', { nodes: ['n3.a', 'n2.a'] }),
    true,
  ],
  [
    'two databases of one Redis',
    (of) => RedisStore.external(of, 'a', { host: 'r.a', database: 1 }),
    (of) => RedisStore.external(of, 'b', { host: 'r.a', database: 2 }),
    false,
  ],
  [
    'no database and database 0',
    (of) => RedisStore.external(of, 'a', { host: 'r.a' }),
    (of) => RedisStore.external(of, 'b', { host: 'r.a', database: 0 }),
    true,
  ],
  [
    'one key of a Secret for a host',
    (of) => RedisStore.external(of, 'a', { host: key('host') }),
    (of) => RedisStore.external(of, 'b', { host: key('host') }),
    true,
  ],
  [
    'two keys of a Secret for a host, whose URL is the same text',
    (of) => RedisStore.external(of, 'a', { host: key('host') }),
    (of) => RedisStore.external(of, 'b', { host: key('other') }),
    false,
  ],
])('%s: %#', (_, one, other, isOne) => {
  const chart = newChart();
  const job = { queueName: 'q', image: 'worker', items: ['a'] };
  new RedisWorkQueueJob(chart, 'one', { ...job, redis: one(chart) });
  new RedisWorkQueueJob(chart, 'other', { ...job, redis: other(chart) });
  const synth = () => Testing.synth(chart);
  if (isOne) expect(synth).toThrow(/The queue \\?"q\\?" is filled by test\/one/);
  else expect(synth).not.toThrow();
});
