import { Chart, Testing } from 'cdk8s';
import {
  FillJob,
  RedisStore,
  RedisWorkQueueCronJob,
  RedisWorkQueueDeployment,
  RedisWorkQueueJob,
  type RedisWorkQueueJobProps,
} from '../lib';
import { expand } from '../local/kubelet';
import { readSettings } from '../worker/settings';
import { parseRedisUrl } from '../worker/settings/redis-url';

// What a chart renders of a store, and what the runtime reads of it.

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;

const SECRET: Record<string, string> = {
  host: 'redis.internal.example.com',
  host6: 'fd00::5',
  database: '7',
  user: 'fruit',
  password: 'p$(REDIS_URL)w',
  watcher: 'watcher',
  sentinel: 'sentinel pw',
};
const key = (key: string) => ({ secret: { name: 'credentials' }, key });

/** The variables of a container as a kubelet makes them: in their order, and each may name those before it. */
function environmentOf({ env = [] }: Manifest): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { name, value, valueFrom } of env) {
    const { secretKeyRef, fieldRef } = valueFrom ?? {};
    const field = fieldRef ? 'a-field-of-the-pod' : expand(value ?? '', variables);
    variables[name] = secretKeyRef ? (SECRET[secretKeyRef.key] as string) : field;
  }
  return variables;
}

function podsOf(objects: Manifest[]): Manifest[] {
  return objects.flatMap(({ spec }) => {
    const { template } = spec?.jobTemplate?.spec ?? spec ?? {};
    return template?.spec ? [template.spec] : [];
  });
}

/** All that works on a queue of a store, in all its pods. */
function containersOf(store: (of: Chart) => RedisStore): Manifest[] {
  const chart = new Chart(Testing.app(), 'test', { namespace: 'batch' });
  const redis = store(chart);
  const base: RedisWorkQueueJobProps = { queueName: 'fruit', image: 'worker', redis };
  const first = new RedisWorkQueueJob(chart, 'first', { ...base, items: ['a'] });
  new RedisWorkQueueJob(chart, 'second', {
    ...base,
    queueName: 'jam',
    filler: { image: 'filler' },
    after: [first],
  });
  new RedisWorkQueueCronJob(chart, 'nightly', { ...base, queueName: 'n', schedule: '@daily', items: ['a'] });
  new RedisWorkQueueDeployment(chart, 'stream', { ...base, queueName: 's' });
  new FillJob(chart, 'fill', { name: 'fill', queueName: 'f', redis, items: ['a'] });
  const pods = podsOf(Testing.synth(chart));
  return pods
    .flatMap(({ containers, initContainers = [] }) => [...containers, ...initContainers])
    .filter(({ env = [] }: Manifest) => env.some(({ name }: Manifest) => name === 'REDIS_URL'));
}

test.each<[string, (of: Chart) => RedisStore, object]>([
  [
    'a server, its host, its database and its user from a Secret',
    (of) =>
      RedisStore.external(of, 'redis', {
        host: key('host'),
        database: key('database'),
        username: key('user'),
        password: key('password'),
      }),
    { seeds: [{ host: SECRET.host, port: 6379 }], database: 7, username: 'fruit', password: SECRET.password },
  ],
  [
    'an IPv6 address from a Secret, which comes without brackets',
    (of) => RedisStore.external(of, 'redis', { host: key('host6'), port: 6380, database: 3 }),
    { seeds: [{ host: 'fd00::5', port: 6380 }], database: 3 },
  ],
  [
    'a user whose name looks like a variable',
    (of) => RedisStore.external(of, 'redis', { host: 'r', username: '$(REDIS_URL)', password: key('password') }),
    { seeds: [{ host: 'r', port: 6379 }], database: 0, username: '$(REDIS_URL)', password: SECRET.password },
  ],
  [
    'sentinels',
    (of) =>
      RedisStore.sentinel(of, 'redis', {
        sentinels: ['s1', 's2.example.com:26380', '[fd00::3]'],
        primaryName: 'my-master.1_a',
        database: key('database'),
        tls: true,
        certificateAuthorities: { configMap: { name: 'ca' }, key: 'ca.crt' },
        username: 'fruit',
        password: key('password'),
        sentinelUsername: key('watcher'),
        sentinelPassword: key('sentinel'),
      }),
    {
      tls: true,
      seeds: [
        { host: 's1', port: 26379 },
        { host: 's2.example.com', port: 26380 },
        { host: 'fd00::3', port: 26379 },
      ],
      primaryName: 'my-master.1_a',
      database: 7,
      username: 'fruit',
      password: SECRET.password,
      sentinelUsername: 'watcher',
      sentinelPassword: 'sentinel pw',
      caFile: '/etc/redis-ca/ca.pem',
    },
  ],
  [
    'nodes of a Redis Cluster',
    (of) => RedisStore.cluster(of, 'redis', { nodes: ['n1', '[fd00::3]:7000'], password: key('password') }),
    {
      seeds: [
        { host: 'n1', port: 6379 },
        { host: 'fd00::3', port: 7000 },
      ],
      database: 0,
      password: SECRET.password,
    },
  ],
])('workers, fills, gates and what waits for other queues read the same of %s', (_, store, expected) => {
  const containers = containersOf(store);
  const names = new Set(containers.map(({ name }) => name));
  expect([...names].sort()).toEqual(['after-1', 'fill', 'gate', 'seal', 'worker']);
  for (const container of containers) {
    const { REDISCLI_AUTH, ...variables } = environmentOf(container);
    const { store } = readSettings({ ...(REDISCLI_AUTH && { REDIS_PASSWORD: REDISCLI_AUTH }), ...variables });
    const { url = '', ...credentials } = store;
    const { host, port, ...address } = parseRedisUrl(url, 'REDIS_URL');
    expect({ container: container.name, ...address, ...credentials }).toEqual({
      container: container.name,
      tls: false,
      ...expected,
    });
    expect(address.seeds[0]).toEqual({ host, port });
  }
});
