import { Chart, Size, Testing } from 'cdk8s';
import { MODELS } from '../../test/manifest-models';
import { Cpu, EntryBundle, InvalidPropError, type RedisPodProps, RedisStore } from '..';

// biome-ignore lint/suspicious/noExplicitAny: as Testing.synth returns them
type Manifest = any;

const names = { podName: 'redis-master', serviceName: 'redis' };

function made(props: RedisPodProps = {}): Record<string, Manifest> {
  const chart = Testing.chart();
  RedisStore.pod(chart, 'redis', { ...names, metrics: true, ...props });
  return Object.fromEntries(Testing.synth(chart).map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

const sidecarOf = (manifest: Manifest) => manifest.spec.initContainers[0];

test('without metrics nothing of it is made', () => {
  const chart = Testing.chart();
  const store = RedisStore.pod(chart, 'redis', { ...names, metrics: false });
  expect(Testing.synth(chart).map(({ kind }: Manifest) => kind)).toEqual(['Pod', 'Service', 'NetworkPolicy']);
  expect([store.metricsProgram, store.metricsPolicy, store.podMonitor]).toEqual([undefined, undefined, undefined]);
});

test('a native sidecar serves them, on a stock image, with the rights that "restricted" leaves', () => {
  const { 'Pod redis-master': pod } = made();
  expect(pod.spec.initContainers).toHaveLength(1);
  expect(sidecarOf(pod)).toMatchObject({
    name: 'metrics',
    image: 'node:24-alpine',
    restartPolicy: 'Always',
    env: [{ name: 'REDIS_URL', value: 'redis://127.0.0.1:6379' }],
    ports: [{ name: 'metrics', containerPort: 9464 }],
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  });
  // Nobody waits for metrics to use the store.
  expect(sidecarOf(pod)).not.toHaveProperty('readinessProbe');
  expect(sidecarOf(pod)).not.toHaveProperty('startupProbe');
});

test('each container has limits where the store has them, as a quota asks for', () => {
  const limits = { cpu: { limit: Cpu.units(1) }, ephemeralStorage: { limit: Size.gibibytes(1) } };
  expect(sidecarOf(made(limits)['Pod redis-master']).resources.limits).toEqual({
    cpu: '1',
    memory: '128Mi',
    'ephemeral-storage': '64Mi',
  });
});

test('the password comes from its Secret, and TLS trusts the authority of the store, without its key', () => {
  const password = { secret: { name: 'credentials' }, key: 'password' };
  const { 'Pod redis-master': pod } = made({ password, tls: { secret: { name: 'redis-tls' } } });
  const sidecar = sidecarOf(pod);
  expect(sidecar.command.slice(-2)).toEqual(['--tls-servername', 'redis']);
  expect(sidecar.env).toEqual([
    { name: 'REDIS_URL', value: 'rediss://127.0.0.1:6379' },
    { name: 'REDIS_PASSWORD', valueFrom: { secretKeyRef: { name: 'credentials', key: 'password' } } },
    { name: 'REDIS_CA_FILE', value: '/etc/redis-ca/ca.pem' },
  ]);
  expect(sidecar.volumeMounts.map(({ name }: Manifest) => name)).toEqual(['metrics', 'redis-ca']);
  expect(pod.spec.volumes).toContainEqual({
    name: 'redis-ca',
    secret: { secretName: 'redis-tls', items: [{ key: 'ca.crt', path: 'ca.pem' }] },
  });
});

test('anybody may read metrics, or some peers, and nobody gets to Redis by that', () => {
  const policyOf = (props?: RedisPodProps) => made(props)['NetworkPolicy redis-metrics'];
  const port = { protocol: 'TCP', port: 9464 };
  expect(policyOf().spec.ingress).toEqual([{ ports: [port] }]);
  const metricsPeers = [{ namespaceSelector: { matchLabels: { team: 'monitoring' } } }];
  expect(policyOf({ metricsPeers }).spec.ingress).toEqual([{ from: metricsPeers, ports: [port] }]);
  const { 'NetworkPolicy redis-clients': clients } = made();
  expect(clients.spec.ingress[0].ports).toEqual([{ protocol: 'TCP', port: 6379 }]);
  expect(policyOf({ networkPolicy: false })).toBeUndefined();
  expect(() => made({ networkPolicy: false, metricsPeers })).toThrow(InvalidPropError);
});

test('a PodMonitor is made on request, with labels by which a Prometheus selects it', () => {
  expect(Object.keys(made()).filter((name) => name.startsWith('PodMonitor'))).toEqual([]);
  const monitor = made({ podMonitor: true, podMonitorLabels: { release: 'a' } })['PodMonitor redis-metrics'];
  expect(monitor).toMatchObject({
    apiVersion: 'monitoring.coreos.com/v1',
    metadata: { labels: { release: 'a', 'app.kubernetes.io/instance': 'redis' } },
    spec: {
      selector: { matchLabels: { 'cdk8s-redis-work-queue/store': 'redis' } },
      podMetricsEndpoints: [{ port: 'metrics' }],
    },
  });
});

test('each member of a replicated store has the sidecar, on volumes or not', () => {
  for (const persistent of [true, false]) {
    const chart = Testing.chart();
    RedisStore.replicated(chart, 'redis', {
      serviceName: 'redis',
      statefulSetName: 'redis',
      metrics: true,
      persistent,
    });
    const { spec } = Testing.synth(chart).find(({ kind }: Manifest) => kind === 'StatefulSet').spec.template;
    expect(spec.initContainers.map(({ name }: Manifest) => name)).toEqual(['metrics']);
    expect(spec.volumes).toContainEqual({ name: 'metrics', configMap: { name: 'redis-metrics' } });
    expect(spec.volumes.some(({ name }: Manifest) => name === 'data')).toBe(!persistent);
  }
});

test('the program fits into an object, and nothing in the pod tells its version, so that an upgrade restarts no Redis', () => {
  const { 'ConfigMap redis-metrics': program, 'Pod redis-master': pod } = made();
  expect(JSON.stringify(program).length).toBeLessThan(250_000);
  expect(JSON.stringify(pod)).not.toContain(program.metadata.labels['cdk8s-redis-work-queue/bundle']);
  expect(program).not.toHaveProperty('immutable');
});

test('Kubernetes takes all of it, and a snapshot leaves the program out', () => {
  const chart = new Chart(Testing.app(), 'jobs');
  RedisStore.persistent(chart, 'redis', { serviceName: 'redis', metrics: true });
  const manifests = Testing.synth(chart);
  for (const object of manifests) new (MODELS[object.kind] as (typeof MODELS)[string])(object).validate();
  const redacted = EntryBundle.redact(manifests);
  expect(redacted.find(({ kind }: Manifest) => kind === 'ConfigMap').binaryData).toEqual({ 'part-0': '<bundle>' });
});
