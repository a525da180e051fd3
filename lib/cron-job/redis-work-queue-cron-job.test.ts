import { Chart, Duration, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { z } from 'zod';
import { MODELS } from '../../test/manifest-models';
import { TWO_VOLUMES } from '../../test/props/cron-job-input';
import { defineQueue } from '../../worker/queue';
import {
  CompletionMode,
  ConcurrencyPolicy,
  RedisStore,
  RedisWorkQueueCronJob,
  type RedisWorkQueueCronJobProps,
  RedisWorkQueueJob,
  SpotNodes,
} from '..';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;

const indexed = { completionMode: CompletionMode.INDEXED };

function make(props: Partial<RedisWorkQueueCronJobProps> = {}, chart = Testing.chart()) {
  const given = props.filler ? {} : { items: ['apple', 'banana'] };
  const nightly = new RedisWorkQueueCronJob(chart, 'nightly', {
    schedule: '0 2 * * *',
    queueName: 'thumbnails',
    cronJobName: 'nightly',
    image: 'worker',
    ...given,
    ...props,
  });
  const manifests: Manifest[] = Testing.synth(chart);
  for (const manifest of manifests) new (MODELS[manifest.kind] as (typeof MODELS)[string])(manifest).validate();
  const cronJob = manifests.find(({ kind }) => kind === 'CronJob');
  const pod = cronJob.spec.jobTemplate.spec.template.spec;
  return { nightly, manifests, cronJob, pod, job: cronJob.spec.jobTemplate.spec };
}

const names = (containers: Manifest[]) => containers.map(({ name }) => name);
const envOf = ({ env }: Manifest): Record<string, unknown> =>
  Object.fromEntries(env.map(({ name, value, valueFrom }: Manifest) => [name, value ?? valueFrom.fieldRef.fieldPath]));

test('with nothing but what it must have: every run is a Job on a queue of its own, and the store has a volume', () => {
  const { cronJob, job, pod, manifests } = make();
  expect(cronJob.metadata.name).toBe('nightly');
  expect(Object.keys(cronJob.spec).sort()).toEqual(['concurrencyPolicy', 'jobTemplate', 'schedule']);
  expect(cronJob.spec).toMatchObject({ schedule: '0 2 * * *', concurrencyPolicy: 'Forbid' });
  expect(cronJob.spec.jobTemplate.metadata.labels).toMatchObject({ 'cdk8s-redis-work-queue/workload': 'nightly' });
  expect(job).toMatchObject({ parallelism: 1, backoffLimit: 30 });
  expect(job).not.toHaveProperty('ttlSecondsAfterFinished');
  expect(envOf(pod.containers[0])).toMatchObject({
    REDIS_URL: 'redis://nightly-redis:6379',
    WORK_QUEUE_JOB: "metadata.labels['batch.kubernetes.io/job-name']",
    WORK_QUEUE_NAME: 'thumbnails-$(WORK_QUEUE_JOB)',
    WORK_QUEUE_DEFINED_AS: 'thumbnails',
    WORK_QUEUE_BATCH: expect.stringMatching(/^\$\(WORK_QUEUE_JOB\)-[0-9a-f]{16}$/),
    WORK_QUEUE_RUN: "metadata.labels['batch.kubernetes.io/controller-uid']",
    WORK_QUEUE_KEEP_MS: '604800000',
    WORK_QUEUE_GATE: 'filled',
  });
  expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/[0-9a-f]{8,}/g, 'HASH')}`)).toEqual([
    'ConfigMap nightly-fill-HASH',
    'ConfigMap nightly-fill-HASH-0',
    'StatefulSet nightly-redis',
    'Service nightly-redis',
    'NetworkPolicy nightly-redis-clients',
    'CronJob nightly',
  ]);
});

test('a variable that Kubernetes expands comes after the one that it holds', () => {
  const { pod } = make({ filler: { image: 'filler' }, ...indexed });
  for (const { name, env } of [...pod.initContainers, ...pod.containers]) {
    const at = (variable: string) => names(env).indexOf(variable);
    expect([name, at('WORK_QUEUE_JOB') < at('WORK_QUEUE_NAME'), at('WORK_QUEUE_JOB') < at('WORK_QUEUE_BATCH')]).toEqual(
      [name, true, true],
    );
  }
});

test('the name of a queue is not expanded itself', () => {
  expect(envOf(make({ queueName: 'a$(B)' }).pod.containers[0])).toMatchObject({
    WORK_QUEUE_NAME: 'a$$(B)-$(WORK_QUEUE_JOB)',
    WORK_QUEUE_DEFINED_AS: 'a$$(B)',
  });
});

test.each<[string, Partial<RedisWorkQueueCronJobProps>, string[]]>([
  ['items', {}, ['fill']],
  ['items and indexes', indexed, ['turn', 'fill']],
  ['a filler', { filler: { image: 'filler' } }, ['fill', 'seal']],
  ['a filler and indexes', { filler: { image: 'filler' }, ...indexed }, ['turn', 'fill', 'seal']],
])('with %s, the pods fill the queue before their workers begin, and each exit code is judged', (_, props, before) => {
  const { pod, job } = make(props);
  expect(names(pod.initContainers)).toEqual(before);
  expect(names(pod.containers)).toEqual(['worker']);
  const judged = job.podFailurePolicy.rules.flatMap(({ onExitCodes }: Manifest) => onExitCodes?.containerName ?? []);
  expect(new Set(judged)).toEqual(new Set(['worker', ...before]));
  // runFiller refuses to run in a worker.
  const fill = pod.initContainers.find(({ name }: Manifest) => name === 'fill');
  expect(envOf(fill)).not.toHaveProperty('WORK_QUEUE_RUN');
});

test('with a filler, the batch of a run is its name', () => {
  const { pod } = make({ filler: { image: 'filler', env: { A: kplus.EnvValue.fromValue('a') } } });
  const [fill, seal] = pod.initContainers;
  for (const container of [fill, seal, ...pod.containers]) {
    expect(envOf(container)).toMatchObject({ WORK_QUEUE_BATCH: '$(WORK_QUEUE_JOB)' });
  }
  expect(envOf(fill)).toMatchObject({ A: 'a', WORK_QUEUE_WORKER: 'metadata.name' });
});

test('worker and filler of an entry, in one pod, have volumes of their own', () => {
  const { pod, nightly, manifests } = make({
    image: undefined,
    queueName: 'job2',
    entry: 'examples/walkthrough/worker.ts',
    filler: { entry: 'examples/walkthrough/worker.ts' },
  });
  const [, fill] = pod.initContainers;
  const mounts = (container: Manifest) =>
    container.volumeMounts.map(({ name, mountPath }: Manifest) => [mountPath, name]);
  expect(mounts(fill)).toEqual([
    ['/bundle', 'fill-bundle'],
    ['/worker', 'fill-bundle-script'],
    ['/tmp', 'fill-bundle-scratch'],
  ]);
  expect(mounts(pod.containers[0])).toEqual([
    ['/bundle', 'bundle'],
    ['/worker', 'bundle-script'],
    ['/tmp', 'bundle-scratch'],
  ]);
  expect(new Set(names(pod.volumes)).size).toBe(pod.volumes.length);
  expect(nightly.bundle?.parts[0]?.name).toMatch(/^nightly-worker-/);
  expect(nightly.fill.bundle?.parts[0]?.name).toMatch(/^nightly-fill-/);
  const made = new Set(manifests.map(({ metadata }) => metadata.name));
  for (const { configMap, projected } of pod.volumes) {
    for (const { name } of [
      configMap,
      ...(projected?.sources ?? []).map((source: Manifest) => source.configMap),
    ].filter(Boolean))
      expect([name, made.has(name)]).toEqual([name, true]);
  }
});

test('with everything set', () => {
  const chart = Testing.chart();
  const redis = RedisStore.external(chart, 'redis', {
    host: 'redis.example.com',
    tls: true,
    certificateAuthorities: { secret: kplus.Secret.fromSecretName(chart, 'ca', 'ca'), key: 'ca.crt' },
    password: { secret: kplus.Secret.fromSecretName(chart, 's', 'credentials'), key: 'password' },
  });
  const { cronJob, job, pod } = make(
    {
      redis,
      timeZone: 'Europe/Berlin',
      concurrencyPolicy: ConcurrencyPolicy.REPLACE,
      startingDeadline: Duration.hours(2),
      successfulJobsHistoryLimit: 7,
      failedJobsHistoryLimit: 0,
      suspend: true,
      keepRuns: Duration.days(30),
      ...indexed,
      parallelism: 2,
      backoffLimit: 5,
      activeDeadline: Duration.hours(6),
      startTimeout: Duration.hours(1),
      storeTimeout: Duration.minutes(1),
      concurrency: 4,
      spot: SpotNodes.GKE,
      tolerateDeadLetters: true,
    },
    chart,
  );
  expect(cronJob.spec).toMatchObject({
    timeZone: 'Europe/Berlin',
    concurrencyPolicy: 'Replace',
    startingDeadlineSeconds: 7200,
    successfulJobsHistoryLimit: 7,
    failedJobsHistoryLimit: 0,
    suspend: true,
  });
  expect(job).toMatchObject({
    parallelism: 2,
    completions: 2,
    completionMode: 'Indexed',
    backoffLimit: 5,
    activeDeadlineSeconds: 21_600,
  });
  expect(job).not.toHaveProperty('suspend');
  const [turn, fill] = pod.initContainers;
  expect(envOf({ env: turn.env.filter(({ valueFrom }: Manifest) => !valueFrom?.secretKeyRef) })).toMatchObject({
    WORK_QUEUE_START_TIMEOUT_MS: '3600000',
    WORK_QUEUE_STORE_TIMEOUT_MS: '60000',
  });
  expect(names(fill.env)).toEqual(expect.arrayContaining(['REDISCLI_AUTH', 'REDIS_CA_FILE', 'WORK_QUEUE_TOTAL']));
  expect(names(pod.volumes).filter((name) => name === 'redis-ca')).toHaveLength(1);
  expect(names(pod.containers[0].env)).toEqual(expect.arrayContaining(['WORK_QUEUE_LEAVE_FROM_INDEX']));
  expect(pod.nodeSelector).toEqual({ 'cloud.google.com/gke-spot': 'true' });
});

test('other items, and other scripts, have other names, so a run that has begun keeps what it knows', () => {
  const maps = (items: string[]) =>
    make({ items })
      .manifests.filter(({ kind }) => kind === 'ConfigMap')
      .map(({ metadata, immutable }) => [metadata.name, immutable]);
  const [scripts, items] = maps(['a']);
  const [sameScripts, others] = maps(['b']);
  expect(items).not.toEqual(others);
  expect(scripts).toEqual(sameScripts);
  expect([items, scripts].map((map) => map?.[1])).toEqual([true, true]);
});

test.each<[string, Partial<RedisWorkQueueCronJobProps>]>([
  ['items', { ...indexed }],
  ['a bundled filler', { filler: { entry: './test/workers/stream.worker.ts' } }],
])('no volume of the user has the name of one of a run with %s', (_, props) => {
  const own = names(make(props).pod.volumes);
  expect(own).toContain('fill-scripts');
  for (const name of own) {
    const volumeMounts = [{ mountPath: '/cache', volume: { name, emptyDir: {} } }];
    expect(() => make({ ...props, volumeMounts })).toThrow(`"${name}". The construct uses it; use another name.`);
  }
});

test('items go through the queue of the worker', () => {
  const queue = defineQueue({ name: 'sizes', schema: z.object({ width: z.int() }) });
  const { manifests } = make({ queueName: undefined, queue, items: [{ width: 1 }] });
  const map = manifests.find(({ metadata }) => /-0$/.test(metadata.name));
  expect(JSON.parse(map.data['00000000.json'])).toEqual(['{"width":1}']);
  expect(() => make({ queueName: undefined, queue, items: [{ width: 'a' }] })).toThrow(/items\[0\] is/);
});

test('the queue of a run is found by the name of its Job', () => {
  expect(make().nightly.queueOf('nightly-29390400')).toBe('thumbnails-nightly-29390400');
});

test.each<[number, Partial<RedisWorkQueueCronJobProps>, RegExp]>([
  [52, {}, /It must be at most 52 .*, as the names of its Jobs add a time, "-29390400"\./],
  [48, indexed, /It must be at most 48 .*as the host names of pods add a time and an index, up to "-29390400-99999"\./],
])('a name may have %d characters', (length, props, why) => {
  const longest = make({ cronJobName: 'n'.repeat(length), ...props });
  const { metadata, spec } = longest.manifests.find(({ kind }) => kind === 'StatefulSet');
  expect(metadata.name.length).toBeLessThanOrEqual(52);
  expect(spec.serviceName.length).toBeLessThanOrEqual(63);
  expect(() => make({ cronJobName: 'n'.repeat(length + 1), ...props })).toThrow(why);
});

test('one without a name has that of its path, which has to be short enough too', () => {
  expect(make({ cronJobName: undefined }).cronJob.metadata.name).toMatch(/^test-nightly-[0-9a-z]{8}$/);
  const chart = new Chart(Testing.app(), 'test');
  chart.generateObjectName = () => 'n'.repeat(53);
  const props = { schedule: '@daily', queueName: 'q', image: 'worker', items: [] };
  expect(() => new RedisWorkQueueCronJob(chart, 'nightly', props)).toThrow(
    /cronJobName, made from the path .*Set `cronJobName`\./,
  );
});

test.each([
  [{ items: undefined }, /items is undefined\. Each run needs something to do\./],
  [{ items: ['a'], filler: { image: 'a' } }, /filler is "a"\. It fills the queue in place of `items`/],
  [{ jobName: 'a' }, /jobName is "a"\. Kubernetes names the Job of each run after the CronJob: cronJobName: "nightly"/],
  [{ after: [] }, /after is \[\]\. Each run has a queue of its own/],
  [{ ttlAfterFinished: Duration.days(1) }, /`successfulJobsHistoryLimit` and `failedJobsHistoryLimit`/],
  [{ startingDeadlineSeconds: 60 }, /startingDeadline: Duration\.hours\(1\)/],
  [{ timezone: 'UTC' }, /It is `timeZone`: "Europe\/Berlin"/],
  [{ kueue: { localQueue: 'a' } }, /jobTemplate\/metadata\/labels/],
  [
    { filler: { image: 'a', volumeMounts: TWO_VOLUMES.filler }, volumeMounts: TWO_VOLUMES.worker },
    /filler\.volumeMounts\[0\] is "the volume \\"cache\\""\. The workers, in the same pods, have another volume of this name/,
  ],
])('%p is refused', (props, why) => {
  expect(() => make(props as never)).toThrow(why);
});

test('a volume that worker and filler share is there once', () => {
  const { pod } = make({ filler: { image: 'a', volumeMounts: TWO_VOLUMES.worker }, volumeMounts: TWO_VOLUMES.worker });
  expect(names(pod.volumes).filter((name) => name === 'cache')).toHaveLength(1);
});

test('no Job waits for a queue that is another one each night', () => {
  const chart = Testing.chart();
  const { nightly } = make({}, chart);
  const after = [nightly as never];
  expect(() => new RedisWorkQueueJob(chart, 'job', { queueName: 'q', image: 'w', after })).toThrow(/after\[0\] is/);
});

test('a CronJob that is refused leaves nothing', () => {
  const chart = Testing.chart();
  expect(() => make({ schedule: 'nightly' }, chart)).toThrow(/schedule is "nightly"/);
  expect(() => make({ cronJobName: undefined, entry: './none.ts', image: undefined }, chart)).toThrow(/none\.ts/);
  expect(chart.node.children).toEqual([]);
});
