import { App, Chart, Duration, Lazy, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { InvalidPropError, RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../../lib';
import { JOB } from '../../lib/job/redis-work-queue-job-table';
import { CLUSTER_REDIS, EXTERNAL_REDIS, SENTINEL_REDIS } from '../../lib/store/existing-redis-table';
import { PERSISTENT_REDIS, REDIS_POD } from '../../lib/store/redis-store-table';
import { REPLICATED_REDIS } from '../../lib/store/replicated-redis-table';

const newChart = () => new Chart(new App(), 'test');

function manifests(props: object, of = newChart()) {
  new RedisWorkQueueJob(of, 'it', { queueName: 'q', image: 'worker', jobName: 'it', ...props });
  return of.toJson();
}

/** A Job that names each kind of value, by classes of any copy of cdk8s and cdk8s-plus. */
function props(of: Chart, cdk8s: typeof import('cdk8s'), plus: typeof kplus): Partial<RedisWorkQueueJobProps> {
  const secret = plus.Secret.fromSecretName(of, 'secret', 'credentials');
  return {
    env: { A: plus.EnvValue.fromValue('a'), B: plus.EnvValue.fromSecretValue({ secret, key: 'b' }) },
    itemTimeout: cdk8s.Duration.minutes(1),
    rate: { items: 10, per: cdk8s.Duration.millis(1) },
    activeDeadline: cdk8s.Duration.hours(1),
    resources: {
      cpu: { request: plus.Cpu.millis(500), limit: plus.Cpu.units(2) },
      memory: { request: cdk8s.Size.mebibytes(256), limit: cdk8s.Size.gibibytes(1) },
    },
    tolerations: [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
    imagePullSecrets: [secret],
    serviceAccount: plus.ServiceAccount.fromServiceAccountName(of, 'account', 'worker'),
    volumeMounts: [{ mountPath: '/cache', volume: plus.Volume.fromEmptyDir(of, 'volume', 'cache') }],
    redisMemory: cdk8s.Size.mebibytes(512),
  };
}

function withoutEmpty(manifest: unknown): unknown {
  const isEmpty = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return JSON.parse(JSON.stringify(manifest, (_, value) => (isEmpty(value) ? undefined : value)));
}

/** Packages as another directory of node_modules would bring them. */
function otherCopy<T>(name: string): T {
  let copy: T | undefined;
  jest.isolateModules(() => {
    copy = require(name) as T;
  });
  return copy as T;
}

test('values of another copy of cdk8s and cdk8s-plus are as good', () => {
  const cdk8s = otherCopy<typeof import('cdk8s')>('cdk8s');
  const plus = otherCopy<typeof kplus>('cdk8s-plus-27');
  expect(cdk8s.Duration.seconds(1)).not.toBeInstanceOf(Duration);
  const [one, other] = [newChart(), newChart()];
  expect(manifests(props(other, cdk8s, plus), other)).toEqual(
    manifests(props(one, { Duration, Size } as never, kplus), one),
  );
});

test('frozen props, class instances and objects without a prototype are as good', () => {
  const of = newChart();
  class Props {
    public readonly queueName = 'q';
    public get image() {
      return 'worker';
    }
  }
  const bare = (entries: object) => Object.assign(Object.create(null), entries);
  const given = Object.assign(new Props(), {
    jobName: 'it',
    podLabels: bare({ team: 'fruit' }),
    tolerations: Object.freeze([Object.freeze({ key: 'a' })]),
    items: Object.freeze(['a']),
  });
  new RedisWorkQueueJob(of, 'it', Object.freeze(given) as never);
  expect(of.toJson()).toEqual(manifests({ podLabels: { team: 'fruit' }, tolerations: [{ key: 'a' }], items: ['a'] }));
});

test('what changes after the construct is made does not change it', () => {
  const of = newChart();
  const given = { podLabels: { team: 'fruit' }, args: ['a'], tolerations: [{ key: 'a' }] };
  const before = manifests(structuredClone(given));
  new RedisWorkQueueJob(of, 'it', { queueName: 'q', image: 'worker', jobName: 'it', ...given });
  given.podLabels.team = 'a b';
  given.args.push('b');
  given.tolerations[0] = { key: 'b' };
  expect(of.toJson()).toEqual(before);
});

describe.each([null, undefined])('%s for a prop is as none', (absent) => {
  const absentAll = (table: object, but: string[]) =>
    Object.fromEntries(
      Object.keys(table)
        .filter((name) => !but.includes(name))
        .map((name) => [name, absent]),
    );

  test('of a Job', () => {
    expect(manifests(absentAll(JOB.props, ['queueName', 'image', 'jobName']))).toEqual(manifests({}));
  });

  test('of a toleration, of resources and of a mounted volume', () => {
    const all = (of: Chart) => props(of, { Duration, Size } as never, kplus);
    const [one, other] = [newChart(), newChart()];
    const { tolerations = [], volumeMounts = [], resources } = all(one);
    const more = {
      tolerations: tolerations.map((each) => ({ ...each, key: absent, value: absent })),
      volumeMounts: volumeMounts.map((each) => ({ ...each, readOnly: absent, subPath: absent })),
      resources: { ...resources, ephemeralStorage: { request: absent, limit: absent } },
    };
    expect(manifests({ ...more }, one)).toEqual(
      manifests({ tolerations, volumeMounts: all(other).volumeMounts, resources }, other),
    );
  });

  test('of a store', () => {
    const stores = (given: [object, object, object, object, object, object]) => {
      const of = newChart();
      const [pod, persistent, external, sentinel, cluster, replicated] = given;
      RedisStore.pod(of, 'pod', pod);
      RedisStore.persistent(of, 'persistent', persistent);
      RedisStore.replicated(of, 'replicated', replicated);
      const others = [
        RedisStore.external(of, 'external', { host: 'redis', ...external }),
        RedisStore.sentinel(of, 'sentinel', { sentinels: ['a'], primaryName: 'mymaster', ...sentinel }),
        RedisStore.cluster(of, 'cluster', { nodes: ['a'], ...cluster }),
      ];
      return [...of.toJson(), ...others.map(({ url }) => url)];
    };
    expect(
      stores([
        absentAll(REDIS_POD.props, []),
        absentAll(PERSISTENT_REDIS.props, []),
        absentAll(EXTERNAL_REDIS.props, ['host']),
        absentAll(SENTINEL_REDIS.props, ['sentinels', 'primaryName']),
        absentAll(CLUSTER_REDIS.props, ['nodes']),
        absentAll(REPLICATED_REDIS.props, []),
      ]),
    ).toEqual(stores([{}, {}, {}, {}, {}, {}]));
  });
});

test('minus zero is zero', () => {
  const rendered = JSON.stringify(
    manifests({ backoffLimit: -0, ttlAfterFinished: Duration.seconds(-0), settle: Duration.seconds(-0) }),
    (_, value) => (Object.is(value, -0) ? 'minus zero' : value),
  );
  expect(rendered).not.toContain('minus zero');
  expect(rendered).toContain('"backoffLimit":0');
});

test('empty lists and objects are to Kubernetes as none', () => {
  const empty = {
    args: [],
    env: {},
    tolerations: [],
    imagePullSecrets: [],
    volumeMounts: [],
    nodeSelector: {},
    podLabels: {},
    topologySpreadConstraints: [],
    affinity: {},
    dnsConfig: {},
    hostAliases: [],
    podSecurityContext: {},
    jobLabels: {},
    jobAnnotations: {},
  };
  expect(withoutEmpty(manifests({ ...empty, resources: {}, podAnnotations: {} }))).toEqual(withoutEmpty(manifests({})));
});

test('a variable may be a number or a flag, which a pod gets as text', () => {
  const env = (value: unknown) => ({ env: { A: kplus.EnvValue.fromValue(value as string) } });
  expect(manifests(env(5))).toEqual(manifests(env('5')));
  expect(manifests(env(true))).toEqual(manifests(env('true')));
});

test('a getter that throws is told by the name of its prop', () => {
  const given = {
    queueName: 'q',
    get image(): string {
      throw new Error('boom');
    },
  };
  const make = () => new RedisWorkQueueJob(newChart(), 'it', given);
  expect(make).toThrow('test/it: image is "not readable". Reading it failed: boom');
  expect(make).toThrow(InvalidPropError);
});

test('a Lazy value is refused as such', () => {
  const lazy = Lazy.any({ produce: () => 2 });
  expect(() => manifests({ parallelism: lazy })).toThrow(/parallelism is "a Lazy value"\. .*Give the value itself/);
  expect(() => manifests({ podLabels: { a: lazy } })).toThrow(/podLabels\["a"\] is "a Lazy value"/);
});

test('a circular object in a message is cut short', () => {
  const circular: Record<string, unknown> = { long: 'x'.repeat(500) };
  circular.self = circular;
  expect(() => manifests({ parallelism: circular })).toThrow(
    /parallelism is .{80,130}… \(\d+ characters\)\. It must be a whole/,
  );
});

test('a construct that is refused was never in the tree', () => {
  const of = newChart();
  expect(() => new RedisWorkQueueJob(of, 'it', { queueName: '' })).toThrow(InvalidPropError);
  expect(of.node.children).toEqual([]);
});

test('a volume is what a manifest has for it', () => {
  const key = { key: 'a', path: 'b/c', mode: 0o400 };
  const claim = {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '9Gi' } },
    storageClassName: 'ssd',
  };
  const volumes = [
    { emptyDir: { medium: 'Memory', sizeLimit: '1.5Gi' } },
    { emptyDir: { medium: '', sizeLimit: 1024 } },
    { configMap: { name: 'kube-root-ca.crt', items: [key], defaultMode: 420, optional: true } },
    { secret: { secretName: 'a', items: [key], defaultMode: 0o400 } },
    { persistentVolumeClaim: { claimName: 'a', readOnly: true } },
    { csi: { driver: 'a', fsType: 'ext4', readOnly: true, volumeAttributes: {}, nodePublishSecretRef: { name: 'a' } } },
    { downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: "metadata.labels['a/b']" } }] } },
    { ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: 'b' } }, spec: claim } } },
    {
      projected: {
        sources: [
          { secret: { name: 'a', items: [key] } },
          { configMap: { name: 'a', optional: true } },
          { serviceAccountToken: { path: 'a', audience: 'b', expirationSeconds: 3600 } },
          { downwardAPI: { items: [{ path: 'a', resourceFieldRef: { containerName: 'a', resource: 'limits.cpu' } }] } },
        ],
      },
    },
  ].map((source, index) => ({ name: `v${index}`, ...source }));
  const [job] = manifests({ volumeMounts: volumes.map((volume) => ({ mountPath: `/${volume.name}`, volume })) }).filter(
    ({ kind }) => kind === 'Job',
  );
  expect(job.spec.template.spec.volumes).toEqual(expect.arrayContaining(volumes));
});
