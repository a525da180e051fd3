import { Chart, Duration, JsonPatch, Testing } from 'cdk8s';
import {
  CompletionMode,
  ConcurrencyPolicy,
  RedisStore,
  RedisWorkQueueCronJob,
  type RedisWorkQueueCronJobProps,
  RedisWorkQueueDeployment,
  type RedisWorkQueueDeploymentProps,
  RedisWorkQueueJob,
} from 'cdk8s-redis-work-queue';
import type { Manifest } from '../../cli/explain/manifest';
import { findPlans } from '../../cli/explain/plan';
import { readManifest } from '../../cli/explain/read-manifest';
import { whenWords } from '../../cli/explain/schedule-words';
import { explainPlan } from '../../cli/explain/words';
import { type JobObject, WorkerJob } from '../../cli/scale/worker-job';

// What `explain` says of a CronJob, of a Deployment that is scaled, and of Jobs that wait for others.

const newChart = () => new Chart(Testing.app(), 'fruit', { namespace: 'shop' });

/** All that is said of each of these objects that runs workers. */
function explained(objects: readonly unknown[]): string[] {
  return findPlans(objects.map((each) => readManifest(each) as Manifest)).map((plan) => {
    const { title, runs, guarantees, watchFor } = explainPlan(plan);
    return [title, ...runs, ...guarantees, ...watchFor].join('\n');
  });
}

const saidOf = (chart: Chart) => explained(Testing.synth(chart)).join('\n\n');

describe('a CronJob', () => {
  const chartOf = (props: Partial<RedisWorkQueueCronJobProps> = {}) => {
    const chart = newChart();
    const cronJob = new RedisWorkQueueCronJob(chart, 'nightly', {
      schedule: '0 2 * * *',
      cronJobName: 'nightly',
      queueName: 'thumbnails',
      image: 'registry.example/thumbnails:1',
      parallelism: 3,
      ...(props.items || props.filler ? {} : { items: ['a', 'b', 'c'] }),
      ...props,
    });
    return { chart, cronJob };
  };
  const said = (props?: Partial<RedisWorkQueueCronJobProps>) => saidOf(chartOf(props).chart);

  test('when it runs, on which queue, how that is filled and how long it is kept, and what any Job says', () => {
    const all = said({ timeZone: 'Europe/Berlin', maxAttempts: 5 });
    for (const sentence of [
      'CronJob nightly works through the queue thumbnails-nightly-MINUTES, another one in each run',
      'A run begins every day at 02:00 (0 2 * * *), in the time zone Europe/Berlin. Its Job is named after the minute for which it was due, counted from 1970: nightly-MINUTES.',
      'Each run has a queue of its own, named after its Job: thumbnails-nightly-MINUTES.',
      'A run that is due while the last one still runs does not begin beside it (Forbid). Once that has ended, it begins.',
      'begins as soon as it can. Of several, only the last one begins.',
      '3 workers at once in each run, each with the image registry.example/thumbnails:1, one item at a time.',
      'an init container pushes 3 items from the manifests, once however often it runs, and seals the queue.',
      'All pods fill at once, and each item enters once.',
      'Once every item of a run is done, its queue is kept for 7 d, with its results.',
      'stays until `rwq purge`',
      'Kubernetes keeps the Jobs of the last runs: 3 Jobs of those that were Complete, and 1 Job of those that failed.',
      'The queue is kept by StatefulSet nightly-redis',
      'Complete means: every item is done',
      'An item gets 5 attempts; after the last one it is a dead letter and the Job fails at its end (exit 80).',
      'Drained nodes, evictions and preemption do not count',
      'All workers share one clock',
      'backoffLimit 50 tolerates 10 poison items',
    ]) {
      expect(all).toContain(sentence);
    }
    for (const word of ['do not fill', 'Unsealed', 'Other items replace', 'No podFailurePolicy', 'filler', '$('])
      expect(all).not.toContain(word);
  });

  test('a filler, with indexes and without', () => {
    const filler = { image: 'registry.example/list:1' };
    const indexed = said({ filler, completionMode: CompletionMode.INDEXED, startTimeout: Duration.minutes(20) });
    expect(indexed).toContain('the program of registry.example/list:1 fills the queue in an init container');
    expect(indexed).toContain('The pod of index 0 fills; the others wait until the queue is sealed, at most 20 min.');
    expect(indexed).toContain('Each index has a clock of its own');
    expect(indexed).toContain('It has to end with 0 where the queue is sealed, as runFiller does.');
    expect(said({ filler })).toContain('if the filler brings the items in the same order each time');
  });

  test.each<[ConcurrencyPolicy, string]>([
    [ConcurrencyPolicy.ALLOW, 'begins beside it (Allow), on its own queue.'],
    [ConcurrencyPolicy.REPLACE, 'takes its place (Replace): that Job is deleted'],
    [ConcurrencyPolicy.FORBID, 'Once that has ended, it begins, unless it is more than 2 h late by then.'],
  ])('%s, and runs that are late', (concurrencyPolicy, sentence) => {
    const all = said({ concurrencyPolicy, startingDeadline: Duration.hours(2) });
    expect(all).toContain(sentence);
    expect(all).toContain('begins as soon as it can, at most 2 h late; else it is skipped.');
    expect(all).toContain('in the time zone of the kube-controller-manager, mostly UTC');
  });

  test('what is kept, and what is suspended', () => {
    const kept = { keepRuns: Duration.days(30), successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 };
    const all = said({ ...kept, suspend: true });
    expect(all).toContain('its queue is kept for 30 d');
    expect(all).toContain('1 Job of those that were Complete, and 0 Jobs of those that failed');
    expect(all).toContain('The CronJob is suspended: no run begins');
    expect(all).not.toContain('The Job is suspended');
  });

  test('one that somebody wrote by hand: the defaults of Kubernetes, and one queue for all runs', () => {
    const container = { name: 'c', image: 'mine:1', env: [{ name: 'WORK_QUEUE_NAME', value: 'q' }] };
    const [all] = explained([
      {
        kind: 'CronJob',
        metadata: { name: 'hourly' },
        spec: {
          schedule: '@hourly',
          startingDeadlineSeconds: 5,
          jobTemplate: { spec: { completions: 4, template: { spec: { containers: [container] } } } },
        },
      },
    ]);
    for (const sentence of [
      /^CronJob hourly works through the queue q\n/,
      'A run begins every hour, at minute 0 (@hourly)',
      'begins beside it (Allow), on the same queue',
      'All runs work on the same queue q.',
      'startingDeadlineSeconds is 5',
      'completions is 4',
      'No podFailurePolicy fails the Job',
      'These manifests do not fill the queue',
    ]) {
      expect(all).toMatch(sentence);
    }
    expect(all).not.toContain('Each run has a queue of its own');
  });

  test.each([{}, { filler: { image: 'registry.example/list:1' } }, { completionMode: CompletionMode.INDEXED }])(
    'the Job of its run is one of workers, for scale and for explain: %j',
    (props) => {
      const { chart, cronJob } = chartOf(props);
      const { spec } = Testing.synth(chart).find(({ kind }) => kind === 'CronJob');
      const job: JobObject = { metadata: { name: 'nightly-29390400' }, spec: spec.jobTemplate.spec };
      const { isFill, queue } = new WorkerJob(job);
      expect({ isFill, queue }).toEqual({ isFill: false, queue: cronJob.queueOf('nightly-29390400') });
      const [all] = explained([{ kind: 'Job', ...job }]);
      expect(all).toContain('Job nightly-29390400 works through the queue thumbnails-nightly-29390400\n');
      expect(all).toContain('Before they work, pods fill the queue themselves');
    },
  );
});

test.each([
  ['0 2 * * *', 'every day at 02:00 (0 2 * * *)'],
  ['5 6,18 * * *', 'every day at 06:05 and 18:05 (5 6,18 * * *)'],
  ['30 4 * * 1-5', 'from Monday to Friday at 04:30 (30 4 * * 1-5)'],
  ['0 0 * * 0', 'every Sunday at 00:00 (0 0 * * 0)'],
  ['0 3 1 * *', 'on day 1 of every month at 03:00 (0 3 1 * *)'],
  ['*/15 * * * *', 'every 15 minutes (*/15 * * * *)'],
  ['10 */6 * * *', 'every 6 hours, at minute 10 (10 */6 * * *)'],
  ['@daily', 'every day at 00:00 (@daily)'],
  ['@every 1h30m', 'every 1h30m (@every 1h30m)'],
  // Less regular than words could say.
  ['*/7 * * * *', 'by the schedule */7 * * * *'],
  ['0 2 13 * 5', 'by the schedule 0 2 13 * 5'],
  ['', 'by the schedule (none)'],
])('the schedule %j in words', (cron, words) => {
  expect(whenWords(cron)).toBe(words);
});

describe('a Deployment', () => {
  const chartOf = (props: Partial<RedisWorkQueueDeploymentProps>) => {
    const chart = newChart();
    const { deployment } = new RedisWorkQueueDeployment(chart, 'send', {
      deploymentName: 'send',
      queueName: 'mails',
      image: 'registry.example/mails:1',
      ...props,
    });
    return { chart, deployment };
  };
  const said = (props: Partial<RedisWorkQueueDeploymentProps>) => saidOf(chartOf(props).chart);

  test.each<[string, Partial<RedisWorkQueueDeploymentProps>, string[]]>([
    [
      'by KEDA',
      { scaledObject: { maxReplicaCount: 30, itemsPerWorker: 200 } },
      [
        'From 1 to 30 workers at once, each with the image registry.example/mails:1',
        'ScaledObject send of KEDA sets their number, by the items that wait in the queue mails, one worker for each 200 of them.',
      ],
    ],
    [
      'by KEDA, down to none',
      { scaledObject: { minReplicaCount: 0, maxReplicaCount: 1_200, cooldownPeriod: 600 }, concurrency: 3 },
      [
        'From 0 to 1,200 workers at once',
        'one worker for each 30 of them. None runs once there was nothing to do for 10 min.',
      ],
    ],
    [
      'by a HorizontalPodAutoscaler',
      { horizontalPodAutoscaler: { minReplicas: 2, maxReplicas: 9 } },
      [
        'From 2 to 9 workers at once',
        'HorizontalPodAutoscaler send sets their number, by the items that wait in the queue mails, one worker for each 10 of them.',
      ],
    ],
    ['fixed', { replicas: 3 }, ['3 workers at once, each with']],
  ])('%s', (_, props, sentences) => {
    const all = said(props);
    for (const sentence of sentences) expect(all).toContain(sentence);
    expect(all).toContain('The work never ends');
    for (const word of ['1 worker at', 'replicas is', 'counts as drained', 'and so the Job'])
      expect(all).not.toContain(word);
  });

  test('replicas beside a scaler, and a scaler of another one', () => {
    const { chart, deployment } = chartOf({ scaledObject: { maxReplicaCount: 5 } });
    deployment.addJsonPatch(JsonPatch.add('/spec/replicas', 4));
    expect(saidOf(chart)).toContain('replicas is 4: each time the manifest is applied');
    const others = Testing.synth(chart).map((each) =>
      each.kind === 'ScaledObject' ? { ...each, metadata: { ...each.metadata, namespace: 'elsewhere' } } : each,
    );
    expect(explained(others).join()).toContain('4 workers at once');
  });

  test('a scaler that goes by something else', () => {
    const { chart } = chartOf({});
    const spec = { scaleTargetRef: { name: 'send' }, triggers: [{ type: 'cron' }, { type: 'cpu' }] };
    const scaledObject = { kind: 'ScaledObject', metadata: { name: 'office', namespace: 'shop' }, spec };
    const all = explained([...Testing.synth(chart), scaledObject]).join();
    expect(all).toContain('From 0 to 100 workers at once');
    expect(all).toContain('ScaledObject office of KEDA sets their number, by cron, cpu.');
  });
});

describe('a Job that waits for others', () => {
  const chartOf = (props: object) => {
    const chart = newChart();
    const redis = RedisStore.persistent(chart, 'redis');
    const image = 'registry.example/fruit:1';
    const first = new RedisWorkQueueJob(chart, 'first', { queueName: 'invoices', image, redis, items: ['a'] });
    const lax = { queueName: 'taxes', image, redis, tolerateDeadLetters: true };
    const second = new RedisWorkQueueJob(chart, 'second', lax);
    new RedisWorkQueueJob(chart, 'last', {
      jobName: 'last',
      queueName: 'sums',
      image,
      redis,
      after: [first, second],
      ...props,
    });
    return explained(Testing.synth(chart)).find((each) => each.includes('the queue sums')) as string;
  };

  test('its fill does', () => {
    expect(chartOf({ filler: { image: 'registry.example/sums:1' } })).toContain(
      'Job last-fill, the fill, waits until the queues invoices, taxes (dead letters tolerated) are drained, without a limit (after).',
    );
  });

  test('its workers do, where no program fills', () => {
    const waits =
      'An init container of the workers waits until the queues invoices, taxes (dead letters tolerated) are drained';
    expect(chartOf({ items: ['a'] })).toContain(waits);
    expect(chartOf({})).toContain(waits);
  });

  test('failFast', () => {
    const filler = { image: 'registry.example/sums:1' };
    const all = chartOf({ filler, failFast: true });
    expect(all).toContain('and the Job fails at once (exit 80)');
    expect(all).toContain('The first dead letter ends the run (failFast)');
    expect(chartOf({ filler })).not.toContain('failFast');
  });
});

test('an agent, whose program is the image, and a command for each item', () => {
  const chart = newChart();
  const redis = RedisStore.external(chart, 'redis', { host: 'redis.example.com' });
  new RedisWorkQueueJob(chart, 'asked', { queueName: 'asked', image: 'registry.example/bash:1', redis, agent: true });
  new RedisWorkQueueJob(chart, 'run', { queueName: 'run', image: 'node:24', redis, run: ['true'] });
  const all = saidOf(chart);
  expect(all).toContain(
    'each with the program of registry.example/bash:1, which the work agent hands its items, one item',
  );
  expect(all).toContain('each with a command for each item, in node:24, one item');
  expect(all).toContain('works through the queue asked');
  expect(all).not.toContain('nothing checks that an exit 0 means');
});
