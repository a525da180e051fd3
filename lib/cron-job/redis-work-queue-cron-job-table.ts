import { FILLER, type QueueFiller } from '../fill';
import { checkFailFast, checkIdleWorkers, RUN, RUN_FOREIGN } from '../job';
import { type At, flag, items, kind, name, type Shape, seconds, shape, whole, word } from '../props';
import { checkWorkerPods, EGRESS, EGRESS_FOREIGN } from '../workers';
import { ConcurrencyPolicy } from './concurrency-policy';
import { checkGivenCronJobName } from './cron-job-name';
import type { RedisWorkQueueCronJobProps } from './redis-work-queue-cron-job-props';
import { scheduleProblem, timeZoneProblem } from './schedule';

const schedule = kind<string>(
  (given) => scheduleProblem(given) === undefined,
  (given) => scheduleProblem(given) as string,
);

const timeZone = kind<string>(
  (given) => timeZoneProblem(given) === undefined,
  (given) => timeZoneProblem(given) as string,
);

const FILL_IT = 'Each run needs something to do. Give `items`, or a `filler`: { entry: "./fill.ts" }.';

const LONGEST_DAYS = 36_500;

// Names that people give from habit. Each says what to write here.
const FOREIGN = {
  ...RUN_FOREIGN,
  ...EGRESS_FOREIGN,
  name: 'The name of the CronJob is `cronJobName`, that of the queue `queueName`.',
  fillPod: 'The pods of a run fill its queue themselves, so there are no others.',
  jobName: 'Kubernetes names the Job of each run after the CronJob: cronJobName: "nightly".',
  cron: 'It is `schedule`: "0 2 * * *".',
  timezone: 'It is `timeZone`: "Europe/Berlin".',
  startingDeadlineSeconds: 'It is a Duration: startingDeadline: Duration.hours(1).',
  jobTemplate: 'The Jobs are made of flat props.',
  successfulJobsRetained: 'It is `successfulJobsHistoryLimit`.',
  failedJobsRetained: 'It is `failedJobsHistoryLimit`.',
  ttlAfterFinished:
    'How many Jobs are kept say `successfulJobsHistoryLimit` and `failedJobsHistoryLimit`; how long a queue, `keepRuns`.',
  ttlSecondsAfterFinished:
    'How many Jobs are kept say `successfulJobsHistoryLimit` and `failedJobsHistoryLimit`; how long a queue, `keepRuns`.',
  after: 'Each run has a queue of its own. Jobs that wait for other queues are RedisWorkQueueJobs.',
  gate: 'The pods of a run fill its queue themselves, before their workers begin.',
  settle: 'The queue of a run is always sealed, so nothing settles.',
  batch: 'Each run is a batch of its own, named after its Job.',
  kueue:
    'Kueue looks at the labels of Jobs: ApiObject.of(cronJob).addJsonPatch(JsonPatch.add("/spec/jobTemplate/metadata/labels/kueue.x-k8s.io~1queue-name", "batch")).',
  metadata: 'The name is `cronJobName`; the pods have `podLabels` and `podAnnotations`.',
};

/** A pile of work that comes again and again. */
export const CRON_JOB: Shape<RedisWorkQueueCronJobProps> = shape<RedisWorkQueueCronJobProps>({
  of: 'RedisWorkQueueCronJob',
  like: '{ schedule: "0 2 * * *", queueName: "job2", entry: "./worker.ts", items: ["apple"] }',
  props: {
    ...RUN,
    ...EGRESS,
    schedule: { is: schedule, required: scheduleProblem(undefined) as string },
    timeZone: { is: timeZone },
    concurrencyPolicy: {
      is: word(
        Object.values(ConcurrencyPolicy),
        'It must be ConcurrencyPolicy.FORBID, ConcurrencyPolicy.ALLOW or ConcurrencyPolicy.REPLACE.',
      ),
    },
    // Kubernetes looks every ten seconds, so a run that may be less late may never begin.
    startingDeadline: { is: seconds(10) },
    successfulJobsHistoryLimit: { is: whole(0) },
    failedJobsHistoryLimit: { is: whole(0) },
    suspend: { is: flag },
    keepRuns: { is: seconds(1, LONGEST_DAYS * 86_400) },
    cronJobName: { is: name },
    items: { is: items, requiredWithout: { filler: FILL_IT } },
    filler: {
      is: FILLER,
      notWith: { items: 'It fills the queue in place of `items`, and both are given. Use one of them.' },
      shown: ({ image, entry }) => image ?? entry,
    },
  },
  foreign: FOREIGN,
  together(props, at) {
    checkGivenCronJobName(props, at);
    checkFailFast(props, at);
    checkWorkerPods(props, at);
    checkIdleWorkers(props, at);
    if (props.filler) checkFiller(props, props.filler, at);
  },
});

const OF_THE_POD = 'The filler runs in the pods of the workers: give it to the CronJob, beside `filler`.';

/** What of a filler is not for its container. */
const NOT_HERE: { readonly [Name in keyof QueueFiller]?: string } = {
  batch: 'Each run is a batch of its own, named after its Job. Leave it out.',
  backoffLimit: 'The filler runs in the pods of the workers, whose `backoffLimit` counts it too. Leave it out.',
  imagePullSecrets: OF_THE_POD,
  serviceAccount: OF_THE_POD,
  automountServiceAccountToken: OF_THE_POD,
  initContainers: OF_THE_POD,
  sidecars: OF_THE_POD,
};

function checkFiller(props: RedisWorkQueueCronJobProps, filler: QueueFiller, at: At) {
  const here = at.prop('filler');
  for (const [name, allowed] of Object.entries(NOT_HERE)) {
    const given = filler[name as keyof QueueFiller];
    if (given !== undefined) throw here.prop(name).refusal(given, allowed);
  }
  // In one pod, a name is one volume.
  filler.volumeMounts?.forEach(({ volume }, index) => {
    const other = props.volumeMounts?.find((each) => each.volume.name === volume.name)?.volume;
    if (!other || JSON.stringify(other) === JSON.stringify(volume)) return;
    throw here
      .prop('volumeMounts')
      .element(index)
      .refusal(
        `the volume "${volume.name}"`,
        'The workers, in the same pods, have another volume of this name. Rename one.',
      );
  });
}
