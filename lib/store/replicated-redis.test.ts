import { spawnSync } from 'node:child_process';
import { Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { MODELS } from '../../test/manifest-models';
import { podProps } from '../../test/pod-props';
import {
  CLIENT_LABEL,
  EntryBundle,
  RedisStore,
  RedisWorkQueueJob,
  type ReplicatedRedisProps,
  ServiceDiscovery,
} from '..';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;

const names = { statefulSetName: 'redis', serviceName: 'redis' };
const password = { secret: { name: 'credentials' }, key: 'password' };

/** The manifests of a store with these props, by kind. */
function rendered(props: ReplicatedRedisProps = {}): Record<string, Manifest> {
  const chart = Testing.chart();
  RedisStore.replicated(chart, 'redis', { ...names, ...props });
  return Object.fromEntries(Testing.synth(chart).map((object) => [object.kind, object]));
}

const podOf = (props?: ReplicatedRedisProps) => rendered(props).StatefulSet.spec.template.spec;

test('a replicated store with everything set', () => {
  const chart = Testing.chart();
  const props: Required<ReplicatedRedisProps> = {
    image: 'valkey/valkey:8.1',
    imagePullPolicy: 'Always',
    memory: Size.gibibytes(1),
    cpu: { request: kplus.Cpu.millis(250), limit: kplus.Cpu.units(1) },
    ephemeralStorage: { limit: Size.gibibytes(1) },
    password: { secret: kplus.Secret.fromSecretName(chart, 'secret', 'credentials'), key: 'password' },
    serviceName: 'jobs-redis',
    statefulSetName: 'jobs',
    discovery: ServiceDiscovery.DNS,
    networkPolicy: true,
    networkPolicyPeers: [{ ipBlock: { cidr: '10.0.0.0/8' } }],
    networkPolicyPorts: [4143],
    metrics: true,
    metricsImage: 'registry.example/node:24',
    metricsPeers: [{ ipBlock: { cidr: '10.0.0.0/8' } }],
    podMonitor: true,
    podMonitorLabels: { release: 'kube-prometheus-stack' },
    ...podProps(chart),
    evictable: false,
    tls: { secret: { name: 'redis-tls' } },
    replicas: 5,
    persistent: true,
    storage: Size.gibibytes(10),
    storageClassName: 'fast',
  };
  const store = RedisStore.replicated(chart, 'redis', props);
  const manifests = Testing.synth(chart);
  for (const object of manifests) {
    const Model = MODELS[object.kind];
    if (Model) new Model(object).validate();
  }
  expect(EntryBundle.redact(manifests)).toMatchSnapshot();
  expect(store.url).toBe(
    'rediss+sentinel://jobs-0.jobs-redis:26379,jobs-1.jobs-redis:26379,jobs-2.jobs-redis:26379,' +
      'jobs-3.jobs-redis:26379,jobs-4.jobs-redis:26379/queue',
  );
  expect(store.clientLabels).toEqual({ [CLIENT_LABEL]: 'jobs-redis' });
});

test('three members on volumes, by host names, if nothing else is said', () => {
  const chart = Testing.chart();
  const store = RedisStore.replicated(chart, 'redis', names);
  expect(store.url).toBe('redis+sentinel://redis-0.redis:26379,redis-1.redis:26379,redis-2.redis:26379/queue');
  const { StatefulSet, Service } = rendered();
  expect(StatefulSet.spec).toMatchObject({ replicas: 3, podManagementPolicy: 'Parallel', serviceName: 'redis' });
  expect(StatefulSet.spec.volumeClaimTemplates[0].spec.resources.requests).toEqual({ storage: '1Gi' });
  expect(StatefulSet.spec.template.spec.volumes).toBeUndefined();
  expect(Service.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
  expect(StatefulSet.spec.template.spec.containers.map(({ name }: Manifest) => name)).toEqual(['redis', 'sentinel']);
});

test('persistent: false keeps the data in the pods', () => {
  const { spec } = rendered({ persistent: false }).StatefulSet;
  expect(spec.volumeClaimTemplates).toBeUndefined();
  expect(spec.template.spec.volumes).toEqual([{ name: 'data', emptyDir: {} }]);
});

test('names come from the path where none are given', () => {
  const chart = Testing.chart();
  const store = RedisStore.replicated(chart, 'redis');
  const host = `${store.statefulSet?.name}-0.${store.service?.name}`;
  expect(store.url).toContain(`redis+sentinel://${host}:26379,`);
  const { env } = Testing.synth(chart).find(({ kind }) => kind === 'StatefulSet').spec.template.spec.containers[0];
  expect(env.find(({ name }: Manifest) => name === 'STORE_MEMBERS').value).toContain(`${host}.$(POD_NAMESPACE).svc `);
});

test('one member at a time may go, and no two share a node', () => {
  expect(rendered().PodDisruptionBudget.spec).toMatchObject({ maxUnavailable: 1 });
  const [spread, ...more] = podOf().topologySpreadConstraints;
  expect(more).toEqual([]);
  expect(spread).toMatchObject({
    topologyKey: 'kubernetes.io/hostname',
    maxSkew: 1,
    whenUnsatisfiable: 'DoNotSchedule',
  });
  const zones = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' };
  const given = podOf({ topologySpreadConstraints: [zones] }).topologySpreadConstraints;
  expect(given).toEqual([{ ...zones, labelSelector: spread.labelSelector }]);
});

test('clients and members reach servers and sentinels, and nobody else does', () => {
  const chart = Testing.chart();
  const redis = RedisStore.replicated(chart, 'redis', names);
  const { egressPolicy } = new RedisWorkQueueJob(chart, 'job', {
    queueName: 'q',
    image: 'worker',
    gate: false,
    egressPolicy: true,
    redis,
  });
  const ports = [6379, 26379].map((port) => ({ protocol: 'TCP', port }));
  const rule = (matchLabels: object) => [{ from: [{ podSelector: { matchLabels } }], ports }];
  expect(redis.networkPolicy?.toJson().spec.ingress).toEqual(rule(redis.clientLabels));
  expect(redis.membersPolicy?.toJson().spec.ingress).toEqual(rule(redis.podSelector));
  expect(egressPolicy?.toJson().spec.egress).toContainEqual({
    to: [{ podSelector: { matchLabels: redis.podSelector } }],
    ports,
  });
  expect(rendered({ networkPolicy: false }).NetworkPolicy).toBeUndefined();
});

test('a password is in no manifest: both containers have it from its Secret', () => {
  const { containers } = podOf({ password });
  for (const { env } of containers) {
    expect(env).toContainEqual({
      name: 'REDISCLI_AUTH',
      valueFrom: { secretKeyRef: { name: 'credentials', key: 'password' } },
    });
  }
});

test('with TLS nothing listens without it, clients trust the authority of its Secret, and probes take any certificate', () => {
  const chart = Testing.chart();
  const tls = { secret: { name: 'redis-tls' } };
  const { certificateAuthorities, ...store } = RedisStore.replicated(chart, 'redis', {
    ...names,
    tls,
    persistent: false,
  });
  expect(store).toMatchObject({ tls: true, url: expect.stringMatching(/^rediss\+sentinel:/) });
  expect(certificateAuthorities).toEqual({ ...tls, key: 'ca.crt' });
  const { containers, volumes } = podOf({ tls, persistent: false });
  expect(volumes).toEqual([
    { name: 'data', emptyDir: {} },
    { name: 'tls', secret: { secretName: 'redis-tls' } },
  ]);
  expect(containers[0].args.join(' ')).toContain('--port 0 --tls-port 6379 --tls-auth-clients no');
  expect(containers[1].command[2]).toContain('\nport 0\ntls-port 26379\ntls-auth-clients no\n');
  for (const { readinessProbe, volumeMounts } of containers) {
    expect(readinessProbe.exec.command[2]).toContain('redis-cli -h 127.0.0.1 --tls --insecure');
    expect(volumeMounts).toContainEqual({ name: 'tls', mountPath: '/etc/redis-tls', readOnly: true });
  }
  expect(podOf({ tls }).volumes).toEqual([{ name: 'tls', secret: { secretName: 'redis-tls' } }]);
});

test('ids are left to the namespace where it gives them', () => {
  expect(podOf().securityContext).toMatchObject({ runAsUser: 999, fsGroup: 999 });
  const { securityContext } = podOf({ idsFromNamespace: true });
  expect(securityContext).toMatchObject({ runAsNonRoot: true });
  expect(Object.keys(securityContext)).not.toEqual(expect.arrayContaining(['runAsUser']));
});

test.each([
  ['redis', {}],
  ['sentinel', {}],
  ['redis', { tls: { secret: { name: 'redis-tls' } } }],
  ['sentinel', { tls: { secret: { name: 'redis-tls' } } }],
])('the script of %s with %j is one that each shell of the images takes', (name, props) => {
  const [, , script] = podOf(props).containers.find((each: Manifest) => each.name === name).command;
  for (const shell of [['dash'], ['busybox', 'sh']]) {
    const { error, stderr, status } = spawnSync(shell[0]!, [...shell.slice(1), '-n'], {
      input: script,
      encoding: 'utf8',
    });
    if (!error) expect({ shell, stderr, status }).toEqual({ shell, stderr: '', status: 0 });
  }
});

test.each<[string, ReplicatedRedisProps, RegExp]>([
  ['two members', { replicas: 2 }, /replicas is 2\. It must be a whole number from 3 to 9/],
  ['discovery without DNS', { discovery: ServiceDiscovery.ENVIRONMENT }, /discovery is "environment"\..*DNS/],
  ['storage without volumes', { persistent: false, storage: Size.gibibytes(1) }, /storage is .*`persistent` is false/],
  ['a class without volumes', { persistent: false, storageClassName: 'a' }, /storageClassName is .*`persistent` is/],
  ['a chart value', { replicaCount: 3 } as object, /It is `replicas`, and counts the primary too/],
  ['a primary name', { primaryName: 'a' } as object, /It is always "queue"/],
  ['a host', { host: 'a' } as object, /use RedisStore\.external/],
])('refuses %s', (_, props, message) => {
  expect(() => rendered(props)).toThrow(message);
});
