import { EXIT } from '../../worker/contract';
import { NO_BACKOFF } from './backoff';
import { JobController } from './job-controller';
import type { JobSpec } from './job-spec';
import { WORKER_POLICY, workerEnd } from './pod-failure-policy';

const [done, lost, crashed] = [workerEnd(0), workerEnd(EXIT.terminated), workerEnd(1)];
const NOTHING = { delete: [], start: [] };

/** As the construct renders it, for so many workers. */
function jobOf(parallelism: number, more: JobSpec = {}): JobController {
  const spec: JobSpec = {
    parallelism,
    completions: parallelism,
    completionMode: 'Indexed',
    backoffLimit: 6,
    backoffLimitPerIndex: 2 ** 31 - 1,
    successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] },
    podFailurePolicy: WORKER_POLICY,
    ...more,
  };
  const job = new JobController(spec, NO_BACKOFF);
  job.sync(0);
  return job;
}

/** On a cluster that prunes the new fields. */
const PRUNED = { backoffLimitPerIndex: undefined, successPolicy: undefined } as object;

test('each index runs once at a time, and one that has succeeded is not started again', () => {
  const job = jobOf(4);
  job.podEnded(3, done, 0);
  job.podEnded(2, lost, 0);
  expect(job.sync(0)).toEqual({ delete: [], start: [2] });
  job.podEnded(2, done, 0);
  expect(job.sync(0)).toEqual(NOTHING);
  expect(job).toMatchObject({ succeeded: 2, end: undefined });
});

test('the success policy completes the Job, and its other pods are deleted', () => {
  const job = jobOf(4);
  expect(job.podEnded(1, done, 0)).toEqual({ condition: 'Complete', reason: 'SuccessPolicy', pod: done });
  expect(job.sync(0)).toEqual({ delete: [0, 2, 3], start: [] });
  for (const place of [0, 2, 3]) expect(job.podEnded(place, workerEnd(EXIT.dataLost), 0)).toBeUndefined();
  expect(job.end?.condition).toBe('Complete');
  expect(job.sync(1e9)).toEqual(NOTHING);
});

test('successes of other indexes do not meet it', () => {
  const job = jobOf(5);
  for (const index of [2, 3, 4]) job.podEnded(index, done, 0);
  expect(job.end).toBeUndefined();
  job.podEnded(0, lost, 0);
  job.podEnded(1, lost, 0);
  expect(job.sync(0)).toEqual({ delete: [], start: [0, 1] });
  expect(job.podEnded(0, done, 0)).toMatchObject({ reason: 'SuccessPolicy' });
});

test.each([
  ['each of the indexes that it names, without a count', [{ succeededIndexes: '0,2-3' }], [0, 3, 2]],
  ['so many of those that it names', [{ succeededIndexes: '1-3', succeededCount: 2 }], [0, 1, 3]],
  ['so many of all', [{ succeededCount: 2 }], [3, 1]],
  ['any of its rules', [{ succeededIndexes: '4', succeededCount: 1 }, { succeededCount: 1 }], [3]],
])('a success policy asks for %s', (_, rules, indexes) => {
  const job = jobOf(5, { successPolicy: { rules } });
  const ends = indexes.map((index) => job.podEnded(index, done, 0)?.reason);
  expect(ends).toEqual([...Array(indexes.length - 1), 'SuccessPolicy']);
});

test('where the new fields are pruned, the Job is Complete when every index has succeeded', () => {
  const job = jobOf(3, PRUNED);
  for (const index of [0, 2]) job.podEnded(index, done, 0);
  job.podEnded(1, crashed, 0);
  expect([job.sync(0), job.end]).toEqual([{ delete: [], start: [1] }, undefined]);
  expect(job.podEnded(1, done, 0)).toMatchObject({ condition: 'Complete', reason: 'CompletionsReached' });
});

test('a Job with all indexes at once is Complete with the last of them, also without a success policy', () => {
  const job = jobOf(3, { successPolicy: undefined } as object);
  for (const index of [0, 1]) expect(job.podEnded(index, done, 0)).toBeUndefined();
  expect(job.podEnded(2, done, 0)).toMatchObject({ reason: 'CompletionsReached' });
});

describe('failures', () => {
  test('an index beyond its limit has failed; the Job fails when all others have ended', () => {
    const job = jobOf(3, { backoffLimitPerIndex: 1, successPolicy: undefined } as object);
    job.podEnded(1, crashed, 0);
    expect(job.sync(0).start).toEqual([1]);
    job.podEnded(1, lost, 0);
    expect(job.sync(0).start).toEqual([1]);
    job.podEnded(1, crashed, 0);
    expect([job.sync(0), job.end]).toEqual([NOTHING, undefined]);
    job.podEnded(0, done, 0);
    expect(job.podEnded(2, done, 0)).toMatchObject({ condition: 'Failed', reason: 'FailedIndexes' });
  });

  test('more failed indexes than maxFailedIndexes fail it at once', () => {
    const job = jobOf(3, { backoffLimitPerIndex: 0, maxFailedIndexes: 1 });
    expect(job.podEnded(1, crashed, 0)).toBeUndefined();
    expect(job.podEnded(0, crashed, 0)).toMatchObject({ condition: 'Failed', reason: 'MaxFailedIndexesExceeded' });
    expect(job.sync(0)).toEqual({ delete: [2], start: [] });
  });

  test('a failed index does not keep the success policy from being met', () => {
    const job = jobOf(3, { backoffLimitPerIndex: 0 });
    job.podEnded(2, crashed, 0);
    expect(job.podEnded(0, done, 0)).toMatchObject({ condition: 'Complete', reason: 'SuccessPolicy' });
  });

  test('backoffLimit counts the failures of all indexes, and without it there is no limit', () => {
    const job = jobOf(3, { backoffLimit: 1 });
    job.podEnded(1, crashed, 0);
    expect(job.podEnded(2, crashed, 0)).toMatchObject({ condition: 'Failed', reason: 'BackoffLimitExceeded' });

    const unlimited = jobOf(3, { backoffLimit: undefined } as object);
    for (let i = 0; i < 20; i++) {
      expect(unlimited.podEnded(2, crashed, 0)).toBeUndefined();
      unlimited.sync(0);
    }
  });

  test('FailJob wins over what else the pods have done', () => {
    const job = jobOf(3);
    job.podEnded(2, done, 0);
    expect(job.podEnded(1, workerEnd(EXIT.deadLetters), 0)).toMatchObject({ reason: 'PodFailurePolicy' });
  });

  test('an evicted pod and a deleted one are replaced, and count against no limit', () => {
    const job = jobOf(2, { backoffLimit: 0, backoffLimitPerIndex: 0 });
    job.podEnded(0, workerEnd(EXIT.configuration, true), 0);
    job.podEnded(1, lost, 0);
    expect([job.sync(0), job.failed]).toEqual([{ delete: [], start: [0, 1] }, 0]);
  });

  test('a deleted pod that ends with 0 has succeeded', () => {
    const job = jobOf(3);
    job.podEnded(2, done, 0);
    expect([job.succeeded, job.sync(0)]).toEqual([1, NOTHING]);
  });
});

describe('scaling', () => {
  const scale = (job: JobController, to: number) => {
    job.patch({ parallelism: to, completions: to });
    return job.sync(0);
  };

  test('up starts the new indexes', () => {
    expect(scale(jobOf(2), 4)).toEqual({ delete: [], start: [2, 3] });
  });

  test('down deletes the pods of the highest indexes and forgets them; those below stay as they are', () => {
    const job = jobOf(5);
    job.podEnded(2, done, 0);
    job.podEnded(4, done, 0);
    expect(scale(job, 3)).toEqual({ delete: [3], start: [] });
    expect(job.succeeded).toBe(1);
    // What a deleted pod ends with is forgotten with its index.
    job.podEnded(3, workerEnd(EXIT.dataLost), 0);
    expect(job.end).toBeUndefined();
    expect(scale(job, 5)).toEqual({ delete: [], start: [3, 4] });
  });

  test('up again starts an index only when its old pod has ended', () => {
    const job = jobOf(4);
    scale(job, 2);
    expect(scale(job, 4)).toEqual(NOTHING);
    job.podEnded(3, done, 0);
    expect(job.sync(0)).toEqual({ delete: [], start: [3] });
    expect(job.succeeded).toBe(0);
  });

  test('down to indexes that have all succeeded completes the Job', () => {
    const job = jobOf(3, PRUNED);
    job.podEnded(0, done, 0);
    expect(scale(job, 1)).toEqual({ delete: [1, 2], start: [] });
    expect(job.end).toMatchObject({ condition: 'Complete', reason: 'CompletionsReached' });
  });

  test('by parallelism alone keeps all indexes, of which fewer run at once, the lowest first', () => {
    const job = jobOf(4);
    job.patch({ parallelism: 2 });
    expect(job.sync(0)).toEqual({ delete: [3, 2], start: [] });
    for (const index of [2, 3]) job.podEnded(index, lost, 0);
    job.podEnded(1, lost, 0);
    expect(job.sync(0)).toEqual({ delete: [], start: [1] });
    job.patch({ parallelism: 0 });
    expect(job.sync(0)).toEqual({ delete: [1, 0], start: [] });
    expect(job.end).toBeUndefined();
  });

  test('what the API server refuses is refused', () => {
    expect(() => jobOf(4).patch({ completions: 3 })).toThrow(/completions cannot become 3 beside parallelism 4/);
    expect(() => jobOf(4).patch({ parallelism: 1, completions: 1 })).toThrow(/index 1, which is too large for 1 compl/);
    const without = new JobController({ parallelism: 2 });
    expect(() => without.patch({ parallelism: 3, completions: 3 })).toThrow(/only where completionMode is Indexed/);
    expect(() => new JobController({ completionMode: 'Indexed' })).not.toThrow();
    expect(() => new JobController({ completionMode: 'Indexed', parallelism: 2 })).toThrow(/completions is missing/);
  });
});

test('a suspended Job deletes its pods, which do not count, and resumed it starts what is not completed', () => {
  const job = jobOf(4);
  job.podEnded(2, done, 0);
  job.patch({ suspend: true });
  expect(job.sync(0)).toEqual({ delete: [0, 1, 3], start: [] });
  for (const [index, code] of [
    [0, 0],
    [1, EXIT.terminated],
    [3, 1],
  ] as const) {
    job.podEnded(index, workerEnd(code), 0);
  }
  expect(job).toMatchObject({ failed: 0, succeeded: 1, end: undefined });
  expect(job.sync(1e9)).toEqual(NOTHING);
  job.patch({ suspend: false });
  expect(job.sync(1e9)).toEqual({ delete: [], start: [0, 1, 3] });
});

test('a Job that is suspended from the start begins when it is resumed', () => {
  const job = jobOf(2, { suspend: true });
  expect(job.sync(0)).toEqual(NOTHING);
  job.patch({ suspend: false });
  expect(job.sync(0).start).toEqual([0, 1]);
});
