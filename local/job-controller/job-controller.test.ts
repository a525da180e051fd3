import { EXIT } from '../../worker/contract';
import { NO_BACKOFF } from './backoff';
import { JobController } from './job-controller';
import type { JobSpec } from './job-spec';
import { WORKER_POLICY, workerEnd } from './pod-failure-policy';

/** A Job with the policy of the construct, which replaces pods at once. */
const jobOf = (spec: JobSpec = {}): JobController =>
  new JobController({ parallelism: 1, podFailurePolicy: WORKER_POLICY, ...spec }, NO_BACKOFF);

/** What starts at a moment. */
const start = (job: JobController, now = 0) => job.sync(now).start;

/** Starts what has to start at 0, and ends the pod at a place with each code in turn; how many were started then. */
function endWith(job: JobController, ...codes: number[]): number[] {
  start(job);
  return codes.map((code) => {
    job.podEnded(0, workerEnd(code), 0);
    return start(job).length;
  });
}

test('a crash is replaced as often as the backoff limit allows, and a disruption always', () => {
  const job = jobOf({ backoffLimit: 2 });
  expect(endWith(job, 1, 143, 137, 143, 143)).toEqual(Array(5).fill(1));
  expect(job.failed).toBe(2);
  expect(endWith(job, EXIT.handlerHung)).toEqual([0]);
  expect(job.end).toMatchObject({ condition: 'Failed', reason: 'BackoffLimitExceeded' });
});

test('an evicted pod is replaced whatever its exit code, also one that would fail the Job', () => {
  const job = jobOf({ backoffLimit: 0 });
  for (const code of [1, EXIT.configuration, 137]) {
    expect(start(job)).toEqual([0]);
    job.podEnded(0, workerEnd(code, true), 0);
  }
  expect(start(job)).toEqual([0]);
  expect({ failed: job.failed, end: job.end }).toEqual({ failed: 0, end: undefined });
});

test('after a success nothing is replaced, and the Job is Complete once all pods have ended', () => {
  const job = jobOf({ parallelism: 3 });
  expect(start(job)).toEqual([0, 1, 2]);
  job.podEnded(1, workerEnd(0), 0);
  job.podEnded(0, workerEnd(1), 0);
  expect([job.sync(1e9), job.end]).toEqual([{ delete: [], start: [] }, undefined]);
  job.podEnded(2, workerEnd(EXIT.terminated), 0);
  expect(job.end).toMatchObject({ condition: 'Complete', reason: 'CompletionsReached' });
});

test('a pod that fails after the first success can still fail the Job', () => {
  const job = jobOf({ parallelism: 2 });
  start(job);
  job.podEnded(0, workerEnd(0), 0);
  job.podEnded(1, workerEnd(EXIT.dataLost), 0);
  expect(job.end).toMatchObject({ condition: 'Failed', reason: 'PodFailurePolicy' });
});

test.each([80, 81, 82, 83])('exit code %i fails the Job at once', (code) => {
  const job = jobOf({ parallelism: 2 });
  start(job);
  job.podEnded(0, workerEnd(code), 0);
  expect(job.end).toEqual({ condition: 'Failed', reason: 'PodFailurePolicy', pod: workerEnd(code) });
  expect(job.sync(1e9)).toEqual({ delete: [1], start: [] });
  // They are deleted, and what they end with changes nothing.
  job.podEnded(1, workerEnd(0), 0);
  expect(job.end?.condition).toBe('Failed');
});

test('with completions, no more pods run than are missing, and the last one completes the Job', () => {
  const job = jobOf({ parallelism: 2, completions: 3 });
  expect(start(job)).toEqual([0, 1]);
  job.podEnded(0, workerEnd(0), 0);
  expect(start(job)).toEqual([0]);
  job.podEnded(1, workerEnd(0), 0);
  expect(start(job)).toEqual([]);
  job.podEnded(0, workerEnd(1), 0);
  expect(start(job)).toHaveLength(1);
  expect(job.end).toBeUndefined();
  job.podEnded(0, workerEnd(0), 0);
  expect(job.end).toMatchObject({ condition: 'Complete', reason: 'CompletionsReached' });
});

test('scaled up, more pods start; scaled down, the newest are deleted, and how they end does not count', () => {
  const job = jobOf();
  expect(start(job)).toEqual([0]);
  job.patch({ parallelism: 3 });
  expect(start(job)).toEqual([1, 2]);
  job.patch({ parallelism: 1 });
  expect(job.sync(0)).toEqual({ delete: [2, 1], start: [] });
  job.podEnded(2, workerEnd(1), 0);
  job.podEnded(1, workerEnd(0), 0);
  expect(job).toMatchObject({ failed: 0, succeeded: 0, end: undefined });
  expect(job.sync(0)).toEqual({ delete: [], start: [] });
});

test('a pod that is deleted and still runs takes the place of another one', () => {
  const job = jobOf({ parallelism: 3 });
  start(job);
  job.patch({ parallelism: 1 });
  job.sync(0);
  job.patch({ parallelism: 2 });
  job.podEnded(1, workerEnd(EXIT.terminated), 0);
  expect(start(job)).toEqual([]);
  job.podEnded(2, workerEnd(EXIT.terminated), 0);
  expect(start(job)).toEqual([1]);
});

test('after the first success, a smaller parallelism deletes nothing', () => {
  const job = jobOf({ parallelism: 3 });
  start(job);
  job.podEnded(1, workerEnd(0), 0);
  job.patch({ parallelism: 1 });
  expect(job.sync(0)).toEqual({ delete: [], start: [] });
});

test('by the operator NotIn, each other code but 0', () => {
  const rule = { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [7] } } as const;
  const job = jobOf({ podFailurePolicy: { rules: [rule] } });
  expect(endWith(job, 7)).toEqual([1]);
  expect(endWith(job, 8)).toEqual([0]);
  expect(job.end).toMatchObject({ reason: 'PodFailurePolicy' });
});
