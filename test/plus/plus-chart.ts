import { type Chart, Size } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import { FillJob, RedisStore, RedisWorkQueueJob } from 'cdk8s-redis-work-queue';

/** A chart with whatever cdk8s-plus makes that a prop takes. The same text is compiled with each version of it. */
export function chartOfPlus(chart: Chart, plus: typeof kplus) {
  const secret = plus.Secret.fromSecretName(chart, 'secret', 'credentials');
  const configMap = plus.ConfigMap.fromConfigMapName(chart, 'map', 'settings');
  const claim = plus.PersistentVolumeClaim.fromClaimName(chart, 'claim', 'pictures');
  const registry = plus.Secret.fromSecretName(chart, 'registry', 'regcred');
  const account = plus.ServiceAccount.fromServiceAccountName(chart, 'account', 'worker');
  const scratch = plus.Volume.fromEmptyDir(chart, 'scratch', 'scratch', {
    medium: plus.EmptyDirMedium.MEMORY,
    sizeLimit: Size.mebibytes(64),
  });

  // The classes that it generates from Kubernetes' API have names and objects of their own.
  const podFields: kplus.k8s.Volume = {
    name: 'pod-fields',
    downwardApi: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
  };
  const several: kplus.k8s.Volume = {
    name: 'several',
    projected: {
      sources: [
        { secret: { name: 'credentials' } },
        {
          downwardApi: {
            items: [
              {
                path: 'cpus',
                resourceFieldRef: {
                  containerName: 'worker',
                  resource: 'limits.cpu',
                  divisor: plus.k8s.Quantity.fromString('1m'),
                },
              },
            ],
          },
        },
      ],
    },
  };
  const disk: kplus.k8s.Volume = {
    name: 'disk',
    ephemeral: {
      volumeClaimTemplate: {
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: plus.k8s.Quantity.fromString('9Gi') } },
        },
      },
    },
  };

  const redis = RedisStore.persistent(chart, 'redis', {
    password: { secret, key: 'password' },
    imagePullSecrets: [registry],
  });
  const resources = {
    cpu: { request: plus.Cpu.millis(500), limit: plus.Cpu.units(2) },
    memory: { request: Size.mebibytes(256), limit: Size.gibibytes(1) },
    ephemeralStorage: { limit: Size.gibibytes(2) },
  };
  const job = new RedisWorkQueueJob(chart, 'job', {
    queueName: 'pictures',
    image: 'registry.example/worker:1',
    redis,
    imagePullSecrets: [registry],
    serviceAccount: account,
    resources,
    env: {
      TEXT: plus.EnvValue.fromValue('text'),
      SECRET: plus.EnvValue.fromSecretValue({ secret, key: 'token' }, { optional: true }),
      SETTING: plus.EnvValue.fromConfigMap(configMap, 'size'),
      NAME: plus.EnvValue.fromFieldRef(plus.EnvFieldPaths.POD_NAME),
      CPUS: plus.EnvValue.fromResource(plus.ResourceFieldPaths.CPU_LIMIT, { divisor: '1m' }),
      UNSET: plus.EnvValue.fromProcess('NOBODY_SETS_THIS'),
    },
    envFrom: [plus.Env.fromSecret(secret), plus.Env.fromConfigMap(configMap, 'SETTING_')],
    volumeMounts: [
      { mountPath: '/pod', volume: podFields },
      { mountPath: '/several', volume: several },
      { mountPath: '/disk', volume: disk },
      { mountPath: '/scratch', volume: scratch },
      {
        mountPath: '/pictures',
        volume: plus.Volume.fromPersistentVolumeClaim(chart, 'pictures', claim, { name: 'pictures' }),
      },
      {
        mountPath: '/settings',
        readOnly: true,
        mountPropagation: plus.MountPropagation.HOST_TO_CONTAINER,
        volume: plus.Volume.fromConfigMap(chart, 'settings', configMap, {
          name: 'settings',
          defaultMode: 0o440,
          items: { size: { path: 'size.txt' } },
        }),
      },
      {
        mountPath: '/credentials',
        volume: plus.Volume.fromSecret(chart, 'credentials', secret, { name: 'credentials' }),
      },
      {
        mountPath: '/csi',
        volume: plus.Volume.fromCsi(chart, 'csi', 'secrets-store.csi.k8s.io', {
          name: 'csi',
          readOnly: true,
          attributes: { secretProviderClass: 'aws', downwardApi: 'kept' },
        }),
      },
    ],
    filler: {
      image: 'registry.example/filler:1',
      imagePullSecrets: [registry],
      serviceAccount: account,
      env: { TOKEN: secret.envValue('token') },
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
