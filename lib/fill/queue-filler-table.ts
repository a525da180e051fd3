import { checkProgram, LogFormat, PROGRAM_FOREIGN, programTable } from '../pod';
import { batch, flag, PODS, PODS_FOREIGN, pullSecrets, type Shape, serviceAccount, shape, whole, word } from '../props';
import type { QueueFiller } from './queue-filler';

const OF_THE_JOB = 'The fill uses that of the Job: give it there, beside `filler`.';

const OF_THE_POD = 'It is of the pod: give it to the Job, in `fillPod`, beside `filler`.';

const OF_THE_WORKERS = 'It is for the workers: give it to the Job, beside `filler`.';

const FOREIGN = {
  ...PROGRAM_FOREIGN,
  ...Object.fromEntries([...Object.keys(PODS), ...Object.keys(PODS_FOREIGN)].map((name) => [name, OF_THE_POD])),
  kueue: OF_THE_JOB,
  spot: OF_THE_WORKERS,
  evictable: OF_THE_WORKERS,
  storeTimeout: OF_THE_JOB,
  ttlAfterFinished: OF_THE_JOB,
  user: OF_THE_JOB,
  group: OF_THE_JOB,
  fsGroup: OF_THE_JOB,
  redis: OF_THE_JOB,
  queue: OF_THE_JOB,
  queueName: OF_THE_JOB,
  batchId: 'It is `batch`.',
  cliResources: OF_THE_JOB,
};

/** A program that fills a queue. */
export const FILLER: Shape<QueueFiller> = shape<QueueFiller>({
  of: 'A filler',
  like: '{ entry: "./filler.ts" }',
  props: {
    ...programTable('filler'),
    batch: { is: batch },
    backoffLimit: { is: whole(0) },
    logFormat: { is: word(Object.values(LogFormat), 'It must be LogFormat.JSON or LogFormat.TEXT.') },
    imagePullSecrets: { is: pullSecrets },
    serviceAccount: { is: serviceAccount },
    automountServiceAccountToken: { is: flag },
  },
  foreign: FOREIGN,
  together: checkProgram,
});
