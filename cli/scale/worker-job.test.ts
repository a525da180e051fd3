import { type JobObject, WorkerJob } from './worker-job';

interface Parts {
  readonly metadata?: Partial<JobObject['metadata']>;
  readonly spec?: Partial<JobObject['spec']>;
  readonly status?: JobObject['status'];
  readonly env?: Readonly<Record<string, string>>;
}

function job({ metadata, spec, status, env = { WORK_QUEUE_NAME: 'job2' } }: Parts = {}): WorkerJob {
  const container = { name: 'worker', env: Object.entries(env).map(([name, value]) => ({ name, value })) };
  return new WorkerJob({
    metadata: { name: 'fruit', ...metadata },
    spec: { parallelism: 4, template: { spec: { containers: [{ name: 'mesh' }, container] } }, ...spec },
    ...(status && { status }),
  });
}

const INDEXED = { completionMode: 'Indexed', parallelism: 20, completions: 20 };
const closers = (succeededIndexes: string) => ({ rules: [{ succeededIndexes, succeededCount: 1 }] });

test('queue and concurrency, as a kubelet would read them', () => {
  expect(job()).toMatchObject({ queue: 'job2', concurrency: 1, lease: 10, workers: 4, least: 1 });
  const env = { NIGHT: 'monday', WORK_QUEUE_NAME: 'prices-$(NIGHT)$$', WORK_QUEUE_CONCURRENCY: '8' };
  expect(job({ env })).toMatchObject({ queue: 'prices-monday$', concurrency: 8 });
  expect(job({ env: {} }).queue).toBeUndefined();
});

test('a queue that is named after the Job, by a label of its pods', () => {
  const named = (fieldPath: string, labels?: Record<string, string>) => {
    const env = [
      { name: 'RUN', valueFrom: { fieldRef: { fieldPath } } },
      { name: 'WORK_QUEUE_NAME', value: 'prices-$(RUN)' },
    ];
    const template = { metadata: { ...(labels && { labels }) }, spec: { containers: [{ name: 'worker', env }] } };
    return job({ spec: { template } }).queue;
  };
  expect(named("metadata.labels['batch.kubernetes.io/job-name']")).toBe('prices-fruit');
  expect(named("metadata.labels['job-name']")).toBe('prices-fruit');
  expect(named("metadata.labels['night']", { night: 'monday' })).toBe('prices-monday');
  expect(named('metadata.name')).toBe('prices-$(RUN)');
});

test('parallelism alone, and completions with it where there are indexes', () => {
  expect(job().patchTo(20)).toEqual({ spec: { parallelism: 20 } });
  expect(job({ spec: INDEXED }).patchTo(8)).toEqual({ spec: { parallelism: 8, completions: 8 } });
  expect(job({ spec: INDEXED }).has(20)).toBe(true);
  expect(job({ spec: { ...INDEXED, completions: 30 } }).has(20)).toBe(false);
});

test.each([
  ['0', 1],
  ['0-1', 2],
  ['0-9', 10],
  ['0,3-4', 5],
])('indexes %s stay', (indexes, least) => {
  expect(job({ spec: { ...INDEXED, successPolicy: closers(indexes) } }).least).toBe(least);
});

test('a rule that only counts needs as many indexes', () => {
  expect(job({ spec: { ...INDEXED, successPolicy: { rules: [{ succeededCount: 3 }] } } }).least).toBe(3);
});

test('indexes that have left for good are no workers, and others stand in for them', () => {
  const left = job({ spec: INDEXED, status: { completedIndexes: '2-9,11', failedIndexes: '12' } });
  expect(left.workers).toBe(10);
  expect(left.parallelismFor(2)).toBe(2);
  expect(left.parallelismFor(3)).toBe(11);
  expect(left.parallelismFor(4)).toBe(14);
  expect(left.parallelismFor(10)).toBe(20);
  expect(left.parallelismFor(30)).toBe(40);
});

test('a Job without indexes runs no more pods than its completions', () => {
  expect(job().most).toBe(Number.POSITIVE_INFINITY);
  expect(job({ spec: { completions: 8 } }).most).toBe(8);
});

test('a fill, of items or by a program, is no worker', () => {
  const spec = (containers: string[], initContainers: string[]) => ({
    template: {
      spec: {
        containers: containers.map((name) => ({ name })),
        initContainers: initContainers.map((name) => ({ name })),
      },
    },
  });
  expect(job({ spec: spec(['fill'], []) }).isFill).toBe(true);
  expect(job({ spec: spec(['seal'], ['fill']) }).isFill).toBe(true);
  expect(job({ spec: spec(['mesh', 'seal'], ['fill']) }).isFill).toBe(true);
  expect(job({ spec: spec(['worker'], ['gate']) }).isFill).toBe(false);
  expect(job({ spec: spec(['worker'], ['turn', 'fill', 'seal']) }).isFill).toBe(false);
  const env = [{ name: 'WORK_QUEUE_NAME', value: 'job2' }];
  const beside = { template: { spec: { containers: [{ name: 'fill' }, { name: 'worker', env }] } } };
  expect(job({ spec: beside }).isFill).toBe(false);
});

test.each([
  ['Complete', 'is Complete'],
  ['SuccessCriteriaMet', 'is Complete'],
  ['Failed', 'has failed'],
  ['FailureTarget', 'has failed'],
])('%s is an end', (type, words) => {
  expect(job({ status: { conditions: [{ type, status: 'True' }] } }).end).toContain(words);
  expect(job({ status: { conditions: [{ type, status: 'False' }] } }).end).toBeUndefined();
});

test('so is its deletion, but no suspension', () => {
  expect(job({ metadata: { deletionTimestamp: '2026-11-23T04:14:29Z' } }).end).toContain('being deleted');
  const suspended = job({ spec: { suspend: true }, status: { conditions: [{ type: 'Suspended', status: 'True' }] } });
  expect([suspended.end, suspended.standstill]).toEqual([undefined, 'is suspended']);
});

describe('obstacles', () => {
  const KUEUE = { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' } };
  const annotated = (name: string, value: string) => ({ ...KUEUE, annotations: { [`kueue.x-k8s.io/${name}`]: value } });

  test.each<[string, Parts]>([
    ['none', {}],
    ['it waits in Kueue', { metadata: annotated('job-min-parallelism', '2'), spec: { suspend: true } }],
    ['it is elastic in Kueue', { metadata: annotated('elastic-job', 'true') }],
    ['an index has left', { spec: INDEXED, status: { succeeded: 1, completedIndexes: '7' } }],
    ['it counts successes', { spec: { completions: 8 }, status: { succeeded: 1 } }],
  ])('none: %s', (_, parts) => {
    expect(job(parts).obstacle).toBeUndefined();
  });

  test('what waits in Kueue stands still', () => {
    expect(job({ metadata: KUEUE, spec: { suspend: true } }).standstill).toBe("waits in Kueue's queue team-a");
    expect(job({ metadata: KUEUE }).standstill).toBeUndefined();
  });

  test.each<[string, Parts, string]>([
    ['a worker left with 0', { status: { succeeded: 1 } }, 'starts no more pods of this Job'],
    ['Kueue admitted it', { metadata: KUEUE }, 'Kueue stops all of them'],
    ['Kueue admitted a part', { metadata: annotated('job-min-parallelism', '2') }, 'refuses another one'],
  ])('%s', (_, parts, words) => {
    expect(job(parts).obstacle).toContain(words);
  });
});
