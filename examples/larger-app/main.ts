import { ApiObject, App, Chart, Duration, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { CompletionMode, RedisStore, RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import type { Construct } from 'constructs';
import { pricesOf } from './prices';

export interface ShopProps {
  /** The team's image, with the shop and with what works the queue off. */
  readonly image: string;
  /** The day whose prices are worked out, such as 2026-11-23. */
  readonly day: string;
}

/** A team's own application: a Deployment, its settings, a Redis that somebody else runs, and one night's work. */
export class Shop extends Chart {
  constructor(scope: Construct, id: string, { image, day }: ShopProps) {
    super(scope, id, { namespace: 'shop', labels: { 'example.com/team': 'checkout' } });

    const settings = new kplus.ConfigMap(this, 'settings', {
      metadata: { name: 'shop-settings' },
      data: { 'margin-percent': '20' },
    });
    const registry = kplus.Secret.fromSecretName(this, 'registry', 'registry-login');
    const credentials = kplus.Secret.fromSecretName(this, 'credentials', 'redis-credentials');

    const shop = new kplus.Deployment(this, 'shop', {
      metadata: { name: 'shop' },
      replicas: 3,
      dockerRegistryAuth: registry,
      securityContext: { user: 1000, group: 1000 },
      containers: [{ image, portNumber: 8080, securityContext: { user: 1000, group: 1000 } }],
    });
    // Pod Security "restricted" asks for these, and cdk8s-plus has no props for them.
    ApiObject.of(shop).addJsonPatch(
      JsonPatch.add('/spec/template/spec/containers/0/securityContext/capabilities', { drop: ['ALL'] }),
      JsonPatch.add('/spec/template/spec/securityContext/seccompProfile', { type: 'RuntimeDefault' }),
    );
    shop.exposeViaService({ name: 'shop' });

    new RedisWorkQueueJob(this, 'repricing', {
      jobName: `repricing-${day}`,
      queueName: pricesOf(day).name,
      image,
      command: ['node', 'reprice.js'],
      env: {
        DAY: kplus.EnvValue.fromValue(day),
        MARGIN_PERCENT: kplus.EnvValue.fromConfigMap(settings, 'margin-percent'),
      },
      filler: {
        image,
        command: ['node', 'enqueue.js'],
        env: { DAY: kplus.EnvValue.fromValue(day) },
        imagePullSecrets: [registry],
      },
      redis: RedisStore.external(this, 'redis', {
        host: 'redis.databases.svc.cluster.local',
        username: { secret: credentials, key: 'username' },
        password: { secret: credentials, key: 'password' },
      }),
      parallelism: 4,
      // The image runs `runWorker`, so its exit code says that all is done, and lost pods can be replaced soon.
      completionMode: CompletionMode.INDEXED,
      concurrency: 8,
      activeDeadline: Duration.hours(6),
      ttlAfterFinished: Duration.days(3),
      imagePullSecrets: [registry],
      serviceAccount: new kplus.ServiceAccount(this, 'account', { metadata: { name: 'repricing' } }),
      nodeSelector: { 'example.com/pool': 'batch' },
      tolerations: [{ key: 'example.com/pool', value: 'batch', effect: 'NoSchedule' }],
      priorityClassName: 'batch-low',
      resources: { cpu: { request: kplus.Cpu.millis(250) }, memory: { request: Size.mebibytes(256) } },
      podLabels: { 'example.com/cost-centre': '4711' },
      podAnnotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' },
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
      ],
    });
  }
}

if (require.main === module) {
  const app = new App();
  new Shop(app, 'shop', {
    image: process.env.IMAGE ?? 'registry.example/shop:7',
    day: process.env.DAY ?? new Date().toISOString().slice(0, 10),
  });
  app.synth();
}
