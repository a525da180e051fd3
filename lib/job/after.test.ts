import { Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { CLIENT_LABEL, type IWorkQueue, RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '..';

const of = () => Testing.chart();
const job = (scope: Chart, name: string, redis: RedisStore, props: Partial<RedisWorkQueueJobProps> = {}) =>
  new RedisWorkQueueJob(scope, name, { queueName: name, image: 'worker', jobName: name, redis, ...props });
// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
const podOf = (scope: Chart, name: string): any =>
  Testing.synth(scope).find(({ kind, metadata }) => kind === 'Job' && metadata.name === name).spec.template;
// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
const namesOf = (containers: any[] = []) => containers.map(({ name }) => name);

test('pods wait for each queue in turn, and for their gate last', () => {
  const chart = of();
  const redis = RedisStore.pod(chart, 'redis');
  const after = [job(chart, 'one', redis), job(chart, 'two', redis)];
  job(chart, 'three', redis, { after, items: ['a'] });
  expect(namesOf(podOf(chart, 'three').spec.initContainers)).toEqual(['after-1', 'after-2', 'gate']);
  expect(namesOf(podOf(chart, 'three-fill').spec.initContainers)).toEqual([]);
});

test('a filler waits, too, and is another batch where one of those before it is', () => {
  const batchAfter = (items: string[]) => {
    const chart = of();
    const redis = RedisStore.pod(chart, 'redis');
    const one = job(chart, 'one', redis, { items });
    const { batch } = job(chart, 'two', redis, { after: [one], filler: { image: 'filler' } });
    expect(namesOf(podOf(chart, 'two-fill').spec.initContainers)).toEqual(['after-1', 'fill']);
    return batch;
  };
  expect(batchAfter(['a'])).toBe(batchAfter(['a']));
  expect(batchAfter(['a'])).not.toBe(batchAfter(['b']));
});

test('each store is reached by its own credentials, authorities and image', () => {
  const chart = of();
  const external = (host: string) => {
    const secret = kplus.Secret.fromSecretName(chart, host, host);
    return RedisStore.external(chart, `of-${host}`, {
      host: `${host}.example`,
      image: `redis-of-${host}`,
      imagePullSecrets: [kplus.Secret.fromSecretName(chart, `pull-${host}`, `pull-${host}`)],
      tls: true,
      certificateAuthorities: { secret, key: 'ca' },
      password: { secret, key: 'password' },
    });
  };
  const [own, other] = [external('own'), external('other')];
  const made = RedisStore.pod(chart, 'redis', { serviceName: 'made' });
  const after = [
    { queueName: 'a', redis: other },
    { queueName: 'b', redis: own },
    { queueName: 'c', redis: made },
  ];
  job(chart, 'it', own, { after });
  const { spec, metadata } = podOf(chart, 'it');
  const [a, b, c, gate] = spec.initContainers;
  expect([a.image, b.image, gate.image]).toEqual(['redis-of-other', 'redis-of-own', 'redis-of-own']);
  const mountsOf = (container: typeof a) =>
    container.volumeMounts.flatMap(({ name, mountPath }: never) => (mountPath === '/etc/redis-ca' ? [name] : []));
  expect([a, b, c, gate].map(mountsOf)).toEqual([['after-1-ca'], ['redis-ca'], [], ['redis-ca']]);
  const secretOf = (container: typeof a) =>
    container.env.find(({ name }: { name: string }) => name === 'REDISCLI_AUTH')?.valueFrom.secretKeyRef.name;
  expect([a, b, c].map(secretOf)).toEqual(['other', 'own', undefined]);
  const volumes = spec.volumes.map((volume: { name: string; secret?: { secretName: string } }) => [
    volume.name,
    volume.secret?.secretName,
  ]);
  expect(volumes).toEqual([
    ['after', undefined],
    ['after-1-ca', 'other'],
    ['gate', undefined],
    ['redis-ca', 'own'],
  ]);
  expect(namesOf(spec.imagePullSecrets).sort()).toEqual(['pull-other', 'pull-own']);
  expect(metadata.labels[CLIENT_LABEL]).toBe('made');
});

test('at most seven, so that the pod failure policy has no more rules than Kubernetes takes', () => {
  const chart = of();
  const redis = RedisStore.external(chart, 'redis', { host: 'redis.example' });
  const after = Array.from({ length: 7 }, (_, i) => ({ queueName: `a${i}`, redis }));
  job(chart, 'it', redis, { after, filler: { image: 'filler' } });
  const rules = Testing.synth(chart).flatMap(({ spec }) =>
    spec?.podFailurePolicy ? [spec.podFailurePolicy.rules] : [],
  );
  expect(rules.map(({ length }) => length)).toEqual([19, 19]);
});

describe('is refused', () => {
  const chart = of();
  const elsewhere = new Chart(chart.node.root, 'elsewhere', { namespace: 'elsewhere' });
  const redis = RedisStore.external(chart, 'redis', { host: 'redis.example' });
  const made = RedisStore.pod(chart, 'made', { serviceName: 'made' });
  const other = RedisStore.pod(chart, 'other', { serviceName: 'other' });
  const far = RedisStore.pod(elsewhere, 'far', { serviceName: 'far' });
  const queue = (queueName: string, store: RedisStore): IWorkQueue => ({ queueName, redis: store });

  test.each<[string, RedisStore, IWorkQueue[], RegExp]>([
    ['its own queue', redis, [queue('it', redis)], /after\[0\] is "the queue \\"it\\"".* would wait for itself/],
    ['a queue twice', redis, [queue('a', redis), queue('a', redis)], /after\[1\] is .*named twice/],
    ['another store that is made', made, [queue('a', other)], /on other".* The queue \\?"it\\?" is on made, and a pod/],
    ['two stores that are made', redis, [queue('a', made), queue('b', other)], /after\[1\] .* is on made, and a pod/],
    [
      'a store in another namespace',
      redis,
      [queue('a', far)],
      /after\[0\]\.redis is "a store in the namespace elsewhere"/,
    ],
  ])('%s', (name, store, after, message) => {
    expect(() => job(chart, 'it', store, { jobName: name.replaceAll(' ', '-'), after })).toThrow(message);
  });
});
