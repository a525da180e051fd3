import { EXIT } from '../../worker/contract';
import { JobController, type JobSpec } from './job-controller';
import { WORKER_POLICY, workerEnd } from './pod-failure-policy';

const spec = (more: Partial<JobSpec> = {}): JobSpec => ({
  parallelism: 1,
  backoffLimit: 6,
  podFailurePolicy: WORKER_POLICY,
  ...more,
});

/** Starts what has to start at 0, and ends the pod at a place with each code in turn; how many were started then. */
function endWith(job: JobController, ...codes: number[]): number[] {
  job.start(0);
  return codes.map((code) => {
    job.podEnded(0, workerEnd(code), 0);
    return job.start(0).length;
  });
}

test('a crash is replaced as often as the backoff limit allows, and a disruption always', () => {
  const job = new JobController(spec({ backoffLimit: 2 }));
  expect(endWith(job, 1, 143, 137, 143, 143)).toEqual(Array(5).fill(1));
  expect(job.failed).toBe(2);
  expect(endWith(job, EXIT.handlerHung)).toEqual([0]);
  expect(job.end).toMatchObject({ condition: 'Failed', reason: 'BackoffLimitExceeded' });
});

test('an evicted pod is replaced whatever its exit code, also one that would fail the Job', () => {
  const job = new JobController(spec({ backoffLimit: 0 }));
  for (const code of [1, EXIT.configuration, 137]) {
    expect(job.start(0)).toEqual([0]);
    job.podEnded(0, workerEnd(code, true), 0);
  }
  expect(job.start(0)).toEqual([0]);
  expect({ failed: job.failed, end: job.end }).toEqual({ failed: 0, end: undefined });
});

test('after a success nothing is replaced, and the Job is Complete once all pods have ended', () => {
  const job = new JobController(spec({ parallelism: 3 }));
  expect(job.start(0)).toEqual([0, 1, 2]);
  job.podEnded(1, workerEnd(0), 0);
  job.podEnded(0, workerEnd(1), 0);
  expect([job.start(1e9), job.nextStart, job.end]).toEqual([[], undefined, undefined]);
  job.podEnded(2, workerEnd(EXIT.terminated), 0);
  expect(job.end).toMatchObject({ condition: 'Complete', reason: 'CompletionsReached' });
});

test('a pod that fails after the first success can still fail the Job', () => {
  const job = new JobController(spec({ parallelism: 2 }));
  job.start(0);
  job.podEnded(0, workerEnd(0), 0);
  job.podEnded(1, workerEnd(EXIT.dataLost), 0);
  expect(job.end).toMatchObject({ condition: 'Failed', reason: 'PodFailurePolicy' });
});

test.each([80, 81, 82, 83])('exit code %i fails the Job at once', (code) => {
  const job = new JobController(spec({ parallelism: 2 }));
  job.start(0);
  job.podEnded(0, workerEnd(code), 0);
  expect(job.end).toEqual({ condition: 'Failed', reason: 'PodFailurePolicy', pod: workerEnd(code) });
  expect(job.start(1e9)).toEqual([]);
  // What the pods that are left end with changes nothing.
  job.podEnded(1, workerEnd(0), 0);
  expect(job.end?.condition).toBe('Failed');
});

test('a failed pod is replaced at its place after the backoff, which other places do not wait for', () => {
  const job = new JobController(spec({ parallelism: 2 }), (failed) => 100 * 2 ** failed);
  job.start(0);
  job.podEnded(0, workerEnd(1), 1_000);
  job.podEnded(1, workerEnd(EXIT.terminated), 1_050);
  expect([job.start(1_199), job.nextStart]).toEqual([[], 1_200]);
  expect([job.start(1_200), job.nextStart]).toEqual([[0], 1_250]);
  job.podEnded(0, workerEnd(1), 1_210);
  expect([job.start(1_250), job.nextStart]).toEqual([[1], 1_610]);
});

test('with completions, no more pods run than are missing, and the last one completes the Job', () => {
  const job = new JobController(spec({ parallelism: 2, completions: 3 }));
  expect(job.start(0)).toEqual([0, 1]);
  job.podEnded(0, workerEnd(0), 0);
  expect(job.start(0)).toEqual([0]);
  job.podEnded(1, workerEnd(0), 0);
  expect(job.start(0)).toEqual([]);
  job.podEnded(0, workerEnd(1), 0);
  expect(job.start(0)).toHaveLength(1);
  expect(job.end).toBeUndefined();
  job.podEnded(0, workerEnd(0), 0);
  expect(job.end).toMatchObject({ condition: 'Complete', reason: 'CompletionsReached' });
});

test('scaled up, more pods start; scaled down, those that are too many run to their end', () => {
  const job = new JobController(spec());
  expect(job.start(0)).toEqual([0]);
  job.scale(3);
  expect(job.start(0)).toEqual([1, 2]);
  job.scale(1);
  job.podEnded(0, workerEnd(1), 0);
  job.podEnded(1, workerEnd(1), 0);
  expect(job.start(0)).toEqual([]);
  job.podEnded(2, workerEnd(1), 0);
  expect(job.start(0)).toEqual([0]);
});

test('by the operator NotIn, each other code but 0', () => {
  const rule = { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [7] } } as const;
  const job = new JobController(spec({ podFailurePolicy: { rules: [rule] } }));
  expect(endWith(job, 7)).toEqual([1]);
  expect(endWith(job, 8)).toEqual([0]);
  expect(job.end).toMatchObject({ reason: 'PodFailurePolicy' });
});
