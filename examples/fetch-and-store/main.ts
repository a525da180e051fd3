import { join } from 'node:path';
import { ApiObject, App, Chart, Duration, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { RedisStore, RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import type { Construct } from 'constructs';
import { pages } from './queue';

/** Fetches pages from a site that does not like to be hurried, and puts them into a store. */
export class FetchAndStore extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    const outside = this.standIns();

    new RedisWorkQueueJob(this, 'pages', {
      jobName: 'fetch-pages',
      queue: pages,
      items: pages.items(Array.from({ length: 30 }, (_, index) => ({ path: `/${index + 1}` }))),
      entry: join(__dirname, 'worker.ts'),
      redis: RedisStore.pod(this, 'redis', { serviceName: 'pages-redis' }),
      env: {
        SOURCE_URL: kplus.EnvValue.fromValue(`${outside}/site`),
        STORE_URL: kplus.EnvValue.fromValue(`${outside}/store`),
      },
      // At most eight requests at once, all workers together.
      parallelism: 2,
      concurrency: 4,
      // A request that hangs is aborted by `signal`, and counts as a failed attempt.
      itemTimeout: Duration.seconds(2),
      maxAttempts: 5,
      // Pages that are gone become dead letters, and the Job is Complete all the same.
      tolerateDeadLetters: true,
    });
  }

  /** What stands for your site and your store; the URL of both. */
  private standIns(): string {
    const program = new kplus.ConfigMap(this, 'program');
    program.addFile(join(__dirname, 'stand-ins.mjs'));
    const volume = kplus.Volume.fromConfigMap(this, 'volume', program);
    const deployment = new kplus.Deployment(this, 'stand-ins', {
      metadata: { name: 'stand-ins' },
      replicas: 1,
      securityContext: { user: 1000, group: 1000 },
      containers: [
        {
          name: 'stand-ins',
          image: 'node:24-alpine',
          imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
          command: ['node', '/program/stand-ins.mjs'],
          portNumber: 8080,
          envVariables: { PORT: kplus.EnvValue.fromValue('8080') },
          volumeMounts: [{ path: '/program', volume }],
          resources: {},
          securityContext: { user: 1000, group: 1000 },
        },
      ],
    });
    // Pod Security "restricted" asks for these, and cdk8s-plus has no props for them.
    ApiObject.of(deployment).addJsonPatch(
      JsonPatch.add('/spec/template/spec/containers/0/securityContext/capabilities', { drop: ['ALL'] }),
      JsonPatch.add('/spec/template/spec/securityContext/seccompProfile', { type: 'RuntimeDefault' }),
    );
    const service = deployment.exposeViaService({ name: 'stand-ins', ports: [{ port: 8080 }] });
    return `http://${service.name}:${service.port}`;
  }
}

if (require.main === module) {
  const app = new App();
  new FetchAndStore(app, 'pages');
  app.synth();
}
