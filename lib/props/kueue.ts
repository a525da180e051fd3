import { type KueueProps, type KueueQueueProps, LABELLED_NAME } from '../kubernetes';
import { seconds, string, whole } from './kinds';
import { type Shape, shape, type Table } from './shape';

const QUEUE: Table<KueueQueueProps> = {
  localQueue: { is: string(LABELLED_NAME), required: 'It must name a LocalQueue of this namespace: "batch".' },
  priorityClass: { is: string(LABELLED_NAME) },
};

const LOCAL_QUEUE = 'It is `localQueue`, the name of a LocalQueue of this namespace, which leads to a ClusterQueue.';
const PRIORITY_CLASS = 'It is `priorityClass`, the name of a WorkloadPriorityClass.';
const FOREIGN = {
  queue: LOCAL_QUEUE,
  queueName: LOCAL_QUEUE,
  clusterQueue: LOCAL_QUEUE,
  priority: PRIORITY_CLASS,
  priorityClassName: PRIORITY_CLASS,
  workloadPriorityClass: PRIORITY_CLASS,
};

/** The queue of Kueue that workers and their fill wait in. */
export const kueue: Shape<KueueProps> = shape<KueueProps>({
  of: 'kueue',
  like: '{ localQueue: "batch" }',
  props: { ...QUEUE, minParallelism: { is: whole(1) }, maxExecTime: { is: seconds(1) } },
  foreign: { ...FOREIGN, maxExecTimeSeconds: 'It is a Duration: maxExecTime: Duration.hours(1).' },
});

const ONE_POD = 'A fill is one pod, and has only `localQueue` and `priorityClass`. Remove it.';

/** The queue of Kueue that a fill waits in. */
export const kueueQueue: Shape<KueueQueueProps> = shape<KueueQueueProps>({
  of: 'kueue',
  like: '{ localQueue: "batch" }',
  props: QUEUE,
  foreign: { ...FOREIGN, minParallelism: ONE_POD, maxExecTime: ONE_POD },
});
