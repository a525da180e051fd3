import { Duration } from 'cdk8s';
import type { RedisWorkQueueCronJobProps } from '../../lib';
import type { Wrong } from './wrong';
import { JOB_ROWS, mount } from './wrong-input';

const { after, fillPod, gate, jobAnnotations, jobLabels, jobName, kueue, settle, ttlAfterFinished, ...run } = JOB_ROWS;

const HISTORY: [unknown, RegExp][] = [
  [-1, /is -1\. It must be a whole number from 0/],
  ['3', /is "3"\. .*without quotes/],
  [1.5, /is 1\.5\./],
];

export const CRON_JOB_ROWS: Wrong<RedisWorkQueueCronJobProps> = {
  ...run,
  schedule: [
    [
      '',
      /schedule is ""\. It must be five fields, minute, hour, day of the month, month and day of the week: "0 2 \* \* \*"/,
    ],
    ['0 0 2 * * *', /schedule is "0 0 2 \* \* \*"\. .*There are no seconds/],
    ['0 2 * * 7', /The day of the week is "7", .*Sunday is 0\./],
    ['@every 0s', /schedule is "@every 0s"/],
    ['TZ=UTC 0 2 * * *', /The time zone is a prop of its own: timeZone: "Europe\/Berlin"/],
    [{ minute: '0', hour: '2' }, /schedule is \{ minute: '0', hour: '2' \}\. It must be five fields/],
    [Duration.hours(24), /It must be five fields/],
    [120, /schedule is 120\. It must be five fields/],
  ],
  timeZone: [
    ['Berlin', /timeZone is "Berlin"\. It must be the name of a time zone: "Europe\/Berlin"/],
    ['+01:00', /timeZone is "\+01:00"/],
    ['Local', /timeZone is "Local"/],
    ['PST', /timeZone is "PST"\. It must be the name of a time zone/],
    ['JST', /timeZone is "JST"/],
    ['europe/berlin', /Did you mean "Europe\/Berlin"\?/],
    [1, /timeZone is 1\./],
  ],
  concurrencyPolicy: [
    ['forbid', /concurrencyPolicy is "forbid"\. It must be ConcurrencyPolicy\.FORBID, ConcurrencyPolicy\.ALLOW or/],
    [false, /concurrencyPolicy is false\. It must be ConcurrencyPolicy/],
  ],
  startingDeadline: [
    [600, /startingDeadline is 600\. .*Duration/],
    [Duration.seconds(5), /It must be .*from 10 s/],
  ],
  successfulJobsHistoryLimit: HISTORY,
  failedJobsHistoryLimit: HISTORY,
  keepRuns: [
    [7, /keepRuns is 7\. .*Duration/],
    [Duration.seconds(0), /from 1 s/],
    [Duration.millis(1500), /whole seconds/],
  ],
  cronJobName: [
    ['Nightly', /cronJobName is "Nightly"\. It must be at most \d+ lower-case letters/],
    ['a'.repeat(53), /It must be at most 52 .*as the names of its Jobs add a time, "-29390400"/],
    [7, /cronJobName is 7/],
  ],
  filler: [
    ...run.filler,
    [{ image: 'a', batch: '2026-11-23' }, /filler\.batch is "2026-11-23"\. Each run is a batch of its own/],
    [{ image: 'a', backoffLimit: 3 }, /filler\.backoffLimit is 3\. .*whose `backoffLimit` counts it too/],
    [{ image: 'a', automountServiceAccountToken: true }, /give it to the CronJob, beside `filler`/],
  ],
};

/** Two volumes of one name, in the pods of one run. */
export const TWO_VOLUMES = {
  worker: mount({}),
  filler: mount({ volume: { name: 'cache', emptyDir: { medium: 'Memory' } } }),
};
