import { type Chart, Size } from 'cdk8s';
import { Cpu, type EnvValue, FillJob, RedisStore, RedisWorkQueueJob, type Volume } from 'cdk8s-redis-work-queue';

/** The chart of plus-chart.ts as one writes it without cdk8s-plus: by names, and as in a manifest. */
export function plainChart(chart: Chart) {
  const secret = { name: 'credentials' };
  const registry = { name: 'regcred' };
  const account = { name: 'worker' };
  const scratch: Volume = { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } };

  const redis = RedisStore.persistent(chart, 'redis', {
    password: { secret, key: 'password' },
    imagePullSecrets: [registry],
  });
  const resources = {
    cpu: { request: Cpu.millis(500), limit: Cpu.units(2) },
    memory: { request: Size.mebibytes(256), limit: Size.gibibytes(1) },
    ephemeralStorage: { limit: Size.gibibytes(2) },
  };
  const token: EnvValue = { valueFrom: { secretKeyRef: { name: 'credentials', key: 'token' } } };
  const job = new RedisWorkQueueJob(chart, 'job', {
    queueName: 'pictures',
    image: 'registry.example/worker:1',
    redis,
    imagePullSecrets: [registry],
    serviceAccount: account,
    resources,
    env: {
      TEXT: 'text',
      SECRET: { valueFrom: { secretKeyRef: { name: 'credentials', key: 'token', optional: true } } },
      SETTING: { valueFrom: { configMapKeyRef: { name: 'settings', key: 'size' } } },
      NAME: { valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      CPUS: { valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
      UNSET: { value: undefined },
    },
    envFrom: [{ secretRef: secret }, { configMapRef: { name: 'settings' }, prefix: 'SETTING_' }],
    volumeMounts: [
      {
        mountPath: '/pod',
        volume: {
          name: 'pod-fields',
          downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
        },
      },
      {
        mountPath: '/several',
        volume: {
          name: 'several',
          projected: {
            sources: [
              { secret: { name: 'credentials' } },
              {
                downwardAPI: {
                  items: [
                    {
                      path: 'cpus',
                      resourceFieldRef: { containerName: 'worker', resource: 'limits.cpu', divisor: '1m' },
                    },
                  ],
                },
              },
            ],
          },
        },
      },
      {
        mountPath: '/disk',
        volume: {
          name: 'disk',
          ephemeral: {
            volumeClaimTemplate: {
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '9Gi' } } },
            },
          },
        },
      },
      { mountPath: '/scratch', volume: scratch },
      {
        mountPath: '/pictures',
        volume: { name: 'pictures', persistentVolumeClaim: { claimName: 'pictures', readOnly: false } },
      },
      {
        mountPath: '/settings',
        readOnly: true,
        mountPropagation: 'HostToContainer',
        volume: {
          name: 'settings',
          configMap: { name: 'settings', defaultMode: 0o440, items: [{ key: 'size', path: 'size.txt' }] },
        },
      },
      { mountPath: '/credentials', volume: { name: 'credentials', secret: { secretName: 'credentials' } } },
      {
        mountPath: '/csi',
        volume: {
          name: 'csi',
          csi: {
            driver: 'secrets-store.csi.k8s.io',
            readOnly: true,
            volumeAttributes: { secretProviderClass: 'aws', downwardApi: 'kept' },
          },
        },
      },
    ],
    filler: {
      image: 'registry.example/filler:1',
      imagePullSecrets: [registry],
      serviceAccount: account,
      env: { TOKEN: token },
      resources,
      volumeMounts: [{ mountPath: '/scratch', volume: scratch }],
    },
  });
  new FillJob(chart, 'fill', {
    name: 'fill',
    queueName: 'words',
    redis,
    items: ['apple'],
    imagePullSecrets: [registry],
  });
  RedisStore.external(chart, 'external', {
    host: 'redis.example.com',
    tls: true,
    username: { secret, key: 'user' },
    password: { secret, key: 'password' },
    certificateAuthorities: { secret, key: 'ca.pem' },
    imagePullSecrets: [registry],
  });
  return job;
}
