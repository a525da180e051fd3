import { ApiObject, Chart, JsonPatch, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { MODELS } from '../../test/manifest-models';
import { podProps } from '../../test/pod-props';
import {
  CLIENT_LABEL,
  EntryBundle,
  type ExternalRedisProps,
  type PersistentRedisProps,
  type RedisPodProps,
  RedisStore,
  ServiceDiscovery,
} from '..';

const newChart = () => Testing.chart();
const secretValue = (chart: Chart, key = 'password') => ({
  secret: kplus.Secret.fromSecretName(chart, `secret-${key}`, 'credentials'),
  key,
});
const placement = (chart: Chart) => ({
  ...podProps(chart),
  evictable: false,
});
const policy = {
  networkPolicyPeers: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
      podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['exporter'] }] },
    },
    { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
  ],
  networkPolicyPorts: [4143],
};
const metrics = {
  metrics: true,
  metricsImage: 'registry.example/node:24',
  metricsPeers: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
  podMonitor: true,
  podMonitorLabels: { release: 'kube-prometheus-stack' },
};
const kinds = (chart: Chart) => Testing.synth(chart).map((object) => object.kind);
const find = (chart: Chart, kind: string) => Testing.synth(chart).find((object) => object.kind === kind);

test('a pod with everything set', () => {
  const chart = newChart();
  const props: Required<Omit<RedisPodProps, 'tls'>> = {
    image: 'valkey/valkey:8.1',
    imagePullPolicy: 'Always',
    memory: Size.gibibytes(1),
    cpu: { request: kplus.Cpu.millis(250), limit: kplus.Cpu.units(1) },
    ephemeralStorage: { request: Size.gibibytes(2), limit: Size.gibibytes(4) },
    password: secretValue(chart),
    serviceName: 'redis',
    podName: 'redis-master',
    discovery: ServiceDiscovery.ENVIRONMENT,
    networkPolicy: true,
    ...policy,
    ...metrics,
    ...placement(chart),
  };
  const store = RedisStore.pod(chart, 'redis', props);
  expect(EntryBundle.redact(Testing.synth(chart))).toMatchSnapshot();
  expect(store.url).toBe('redis://$(REDIS_SERVICE_HOST):$(REDIS_SERVICE_PORT)');
  expect(store.clientLabels).toEqual({ [CLIENT_LABEL]: 'redis' });
});

test('a StatefulSet with everything set', () => {
  const chart = newChart();
  const props: Required<PersistentRedisProps> = {
    image: 'redis:7.4',
    imagePullPolicy: 'IfNotPresent',
    memory: Size.mebibytes(512),
    cpu: { limit: kplus.Cpu.units(2) },
    ephemeralStorage: { limit: Size.gibibytes(1) },
    tls: { secret: { name: 'redis-tls' } },
    password: secretValue(chart),
    serviceName: 'jobs-redis',
    statefulSetName: 'jobs-redis',
    discovery: ServiceDiscovery.DNS,
    networkPolicy: true,
    ...policy,
    ...metrics,
    ...placement(chart),
    storage: Size.gibibytes(10),
    storageClassName: 'fast',
  };
  const store = RedisStore.persistent(chart, 'redis', props);
  expect(EntryBundle.redact(Testing.synth(chart))).toMatchSnapshot();
  expect(store.url).toBe('rediss://jobs-redis:6379');
});

test('names come from the path where none are given', () => {
  const chart = newChart();
  const store = RedisStore.pod(chart, 'redis');
  expect(store.redisPod?.name).toMatch(/^test-redis-c[0-9a-f]{7}$/);
  expect(store.host).toBe(store.service?.name);
  expect(kinds(chart)).toEqual(['Pod', 'Service', 'NetworkPolicy']);
  const persistent = RedisStore.persistent(chart, 'persistent');
  const made = [store.redisPod, store.service, store.networkPolicy, persistent.statefulSet, persistent.service];
  const names = Testing.synth(chart).map(({ metadata }) => metadata.name);
  expect(names).toEqual(expect.arrayContaining(made.map((object) => object?.name)));
  expect(names).not.toContain(undefined);
});

test('networkPolicy: false leaves the policy out', () => {
  const chart = newChart();
  expect(RedisStore.pod(chart, 'redis', { networkPolicy: false }).networkPolicy).toBeUndefined();
  expect(kinds(chart)).toEqual(['Pod', 'Service']);
});

test('further peers and ports are in the policy, which validates', () => {
  const chart = newChart();
  RedisStore.pod(chart, 'redis', { serviceName: 'redis', ...policy });
  const made = find(chart, 'NetworkPolicy');
  new (MODELS.NetworkPolicy as (typeof MODELS)[string])(made).validate();
  expect(made.spec.ingress).toEqual([
    {
      from: [{ podSelector: { matchLabels: { [CLIENT_LABEL]: 'redis' } } }, ...policy.networkPolicyPeers],
      ports: [
        { protocol: 'TCP', port: 6379 },
        { protocol: 'TCP', port: 4143 },
      ],
    },
  ]);
});

test('maxmemory leaves 40 % of the limit to the rewrite of the append-only file', () => {
  const chart = newChart();
  RedisStore.pod(chart, 'redis', { memory: Size.mebibytes(1000) });
  const [container] = find(chart, 'Pod').spec.containers;
  expect(container.args).toContain('600mb');
  expect(container.resources.limits).toEqual({ memory: '1000Mi' });
});

test.each([
  ['256Mi', undefined, '1Gi'],
  ['600Mi', Size.mebibytes(600), '1200Mi'],
  ['4Gi', Size.gibibytes(4), '8Gi'],
])('with %s of memory, the volume has room for a rewrite of the append-only file', (_, memory, storage) => {
  const chart = newChart();
  RedisStore.persistent(chart, 'redis', { memory });
  expect(find(chart, 'StatefulSet').spec.volumeClaimTemplates[0].spec.resources.requests).toEqual({ storage });
});

test('a password is in no manifest: it goes by environment, and hashed', () => {
  const chart = newChart();
  RedisStore.pod(chart, 'redis', { password: secretValue(chart) });
  const [container] = find(chart, 'Pod').spec.containers;
  expect(container.env).toEqual([
    { name: 'REDISCLI_AUTH', valueFrom: { secretKeyRef: { name: 'credentials', key: 'password' } } },
  ]);
  expect(container.command[2]).toContain('sha256sum');
});

test('an external store makes nothing', () => {
  const chart = newChart();
  const props: Required<ExternalRedisProps> = {
    host: 'redis.example.com',
    port: 6380,
    database: 2,
    tls: true,
    certificateAuthorities: secretValue(chart, 'ca.crt'),
    clientCertificate: { secret: kplus.Secret.fromSecretName(chart, 'client', 'redis-client') },
    passwordAsFile: true,
    username: secretValue(chart, 'user'),
    password: secretValue(chart),
    image: 'mirror.example/redis:8.2',
    imagePullPolicy: 'Never',
    imageHasAuthorities: true,
    egressRules: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
    imagePullSecrets: [kplus.Secret.fromSecretName(chart, 'pull', 'mirror')],
  };
  const store = RedisStore.external(chart, 'redis', props);
  expect(store.url).toBe('rediss://redis.example.com:6380/2');
  expect(store.clientLabels).toEqual({});
  expect(Testing.synth(chart)).toEqual([]);
});

test.each([
  ['an IPv6 address gets brackets', 'fd00::1', 'redis://[fd00::1]:6379'],
  ['an IPv4 address in IPv6 does, too', '::ffff:10.0.0.1', 'redis://[::ffff:10.0.0.1]:6379'],
  ['a full name keeps its dot', 'redis.jobs.svc.cluster.local.', 'redis://redis.jobs.svc.cluster.local.:6379'],
])('%s in the address of an external store', (_, host, url) => {
  expect(RedisStore.external(newChart(), 'redis', { host }).url).toBe(url);
});

test('a JSON patch reaches fields that are newer than 1.27', () => {
  const chart = newChart();
  const store = RedisStore.persistent(chart, 'redis');
  ApiObject.of(store).addJsonPatch(JsonPatch.add('/spec/template/spec/hostUsers', false));
  expect(find(chart, 'StatefulSet').spec.template.spec.hostUsers).toBe(false);
});

const made = (props: object) => () => RedisStore.persistent(newChart(), 'redis', props);
const external = (props: object) => () => RedisStore.external(newChart(), 'redis', { host: 'redis', ...props });

test.each([
  ['a StatefulSet name over 52', made({ statefulSetName: 'a'.repeat(53) }), /statefulSetName is "a+"\. .*at most 52/],
  [
    'a Service name with a digit first',
    made({ serviceName: '1redis' }),
    /serviceName is "1redis"\. .*start with a letter/,
  ],
  ['a pod name in capitals', () => RedisStore.pod(newChart(), 'r', { podName: 'Redis' }), /podName is "Redis"/],
  ['little memory', made({ memory: Size.mebibytes(8) }), /memory is "8Mi"\. Redis needs at least 64 MiB/],
  ['no storage', made({ storage: Size.kibibytes(1) }), /storage is "1Ki"/],
  ['a storage class with a space', made({ storageClassName: 'very fast' }), /storageClassName is "very fast"/],
  [
    'peers without a policy',
    made({ networkPolicy: false, networkPolicyPeers: [{ podSelector: {} }] }),
    /networkPolicyPeers is .*`networkPolicy` is false/,
  ],
  ['ports without a policy', made({ networkPolicy: false, networkPolicyPorts: [1] }), /networkPolicyPorts is \[ 1 \]/],
  ['peers of an external store', external({ networkPolicyPeers: [] }), /It is a prop of stores that are made/],
  ['a literal password', made({ password: 'secret' }), /password is "a literal"\. It must refer to a Secret/],
  ['a URL for a host', external({ host: 'redis://redis:6379' }), /host is "redis:\/\/redis:6379"\. .*host name/],
  ['no host', external({ host: undefined }), /host is undefined/],
  ['a port out of range', external({ port: 70_000 }), /port is 70000\. .*from 1 to 65535/],
  [
    'a user without a password',
    external({ username: { secret: { name: 's' }, key: 'u' } }),
    /password is undefined\. A user/,
  ],
  ['authorities without TLS', external({ certificateAuthorities: { secret: { name: 's' }, key: 'u' } }), /`tls: true`/],
  [
    'memory of an external store',
    external({ memory: Size.gibibytes(1) }),
    /memory is .*Remove it, or use RedisStore\.pod/,
  ],
  ['a bad priority class', made({ priorityClassName: 'High!' }), /priorityClassName is "High!"/],
  ['a priority of an external store', external({ priorityClassName: 'high' }), /priorityClassName is .*external/],
  ['a bad node label', made({ nodeSelector: { pool: '-' } }), /nodeSelector\["pool"\] is "-"/],
  ['a bad toleration', made({ tolerations: [{ key: 'a b' }] }), /tolerations\[0\]\.key is "a b"/],
  ['a node of an external store', external({ nodeSelector: { pool: 'a' } }), /nodeSelector is .*external/],
  ['storage of an external store', external({ storage: Size.gibibytes(1) }), /storage is .*external/],
])('refuses %s', (_, make, message) => {
  expect(make).toThrow(message);
});

test.each<[string, (chart: Chart) => RedisStore, RegExp]>([
  ['podName', (chart) => RedisStore.pod(chart, 'R'), /RedisStore\.pod\(/],
  ['statefulSetName', (chart) => RedisStore.persistent(chart, 'R'), /RedisStore\.persistent\(/],
  ['serviceName', (chart) => RedisStore.pod(chart, '1', { podName: 'redis' }), /RedisStore\.pod\(/],
])('an error about %s says that it is made from the path, and how to set it', (prop, make, call) => {
  class Named extends Chart {
    public override generateObjectName(object: ApiObject): string {
      return object.node.scope?.node.id as string;
    }
  }
  const made = `${prop}, made from the path of the construct, is "\\w"\\. .* Set it: ${call.source}.*${prop}`;
  expect(() => make(new Named(Testing.app(), 'test'))).toThrow(new RegExp(made));
});

test('a store made by its constructor says how one is made', () => {
  const Store = RedisStore as unknown as new (chart: Chart, id: string) => RedisStore;
  const chart = newChart();
  expect(() => new Store(chart, 'redis')).toThrow(
    /made by RedisStore\.pod, \.persistent, \.replicated, \.external, \.sentinel or \.cluster/,
  );
  expect(chart.node.children).toEqual([]);
});

test('a literal password is not repeated in the error', () => {
  expect(made({ password: 'hunter2' })).not.toThrow(/hunter2/);
});
