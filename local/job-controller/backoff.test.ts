import { EXIT } from '../../worker/contract';
import { JobController } from './job-controller';
import { WORKER_POLICY, workerEnd } from './pod-failure-policy';

const NONE = { delete: [], start: [] };
const lost = workerEnd(EXIT.terminated);

/**
 * After how many seconds Kubernetes 1.34 had another pod in place of each that was deleted, one after the other. To wait
 * for the pod to end, and to start the other one, took it up to two of them.
 */
const MEASURED = [12, 22, 42, 80, 160, 321];

test('without indexes, pods lost in a row are replaced as late as on a cluster, though the policy ignores them', () => {
  const job = new JobController({ parallelism: 3, podFailurePolicy: WORKER_POLICY });
  job.sync(0);
  let now = 0;
  const waits = MEASURED.map((_, i) => {
    job.podEnded(i % 3, lost, now);
    const { start, next = 0 } = job.sync(now);
    expect(start).toEqual([]);
    expect(job.sync(next - 1)).toEqual({ ...NONE, next });
    expect(job.sync(next)).toEqual({ delete: [], start: [i % 3] });
    const wait = next - now;
    now = next;
    return wait / 1_000;
  });
  expect(waits).toEqual([10, 20, 40, 80, 160, 320]);
  for (const [i, wait] of waits.entries()) expect((MEASURED[i] as number) - wait).toBeGreaterThanOrEqual(0);
  for (const [i, wait] of waits.entries()) expect((MEASURED[i] as number) - wait).toBeLessThanOrEqual(2);
  expect(job.failed).toBe(0);
});

test('one failure holds back all pods of the Job, from the last failure on', () => {
  const job = new JobController({ parallelism: 3, podFailurePolicy: WORKER_POLICY });
  job.sync(0);
  job.podEnded(0, lost, 1_000);
  job.podEnded(1, workerEnd(1), 4_000);
  expect(job.sync(4_000)).toEqual({ ...NONE, next: 24_000 });
  job.patch({ parallelism: 5 });
  expect(job.sync(23_999)).toEqual({ ...NONE, next: 24_000 });
  expect(job.sync(24_000)).toEqual({ delete: [], start: [0, 1, 3, 4] });
});

test('it never takes longer than ten minutes', () => {
  const job = new JobController({ parallelism: 1, podFailurePolicy: WORKER_POLICY });
  job.sync(0);
  let now = 0;
  for (let i = 0; i < 30; i++) {
    job.podEnded(0, lost, now);
    now = job.sync(now).next as number;
    job.sync(now);
  }
  job.podEnded(0, lost, now);
  expect(job.sync(now).next).toBe(now + 600_000);
});

test('a success lets it start anew', () => {
  const job = new JobController({ parallelism: 2, completions: 5, podFailurePolicy: WORKER_POLICY });
  job.sync(0);
  job.podEnded(0, lost, 0);
  expect(job.sync(0).next).toBe(10_000);
  job.podEnded(1, workerEnd(0), 1_000);
  expect(job.sync(1_000).start).toEqual([0, 1]);
  job.podEnded(0, lost, 2_000);
  expect(job.sync(2_000).next).toBe(12_000);
});

test('suspending lets it start anew', () => {
  const job = new JobController({ parallelism: 2, podFailurePolicy: WORKER_POLICY });
  job.sync(0);
  job.podEnded(0, lost, 0);
  job.patch({ suspend: true });
  expect(job.sync(1_000)).toEqual({ delete: [1], start: [] });
  job.podEnded(1, workerEnd(1), 2_000);
  job.patch({ suspend: false });
  expect(job.sync(3_000)).toEqual({ delete: [], start: [0, 1] });
  expect(job.failed).toBe(0);
  job.podEnded(0, lost, 3_000);
  expect(job.sync(3_000).next).toBe(13_000);
});

test('with a limit per index, each index has a backoff of its own', () => {
  const job = new JobController({
    parallelism: 3,
    completions: 3,
    completionMode: 'Indexed',
    backoffLimitPerIndex: 5,
    podFailurePolicy: WORKER_POLICY,
  });
  job.sync(0);
  job.podEnded(0, lost, 0);
  job.podEnded(1, workerEnd(1), 5_000);
  // Measured: 11 s for each index's first loss, and 21 s for its second.
  expect(job.sync(5_000)).toEqual({ ...NONE, next: 10_000 });
  expect(job.sync(10_000)).toEqual({ delete: [], start: [0], next: 15_000 });
  job.podEnded(0, lost, 12_000);
  expect(job.sync(15_000)).toEqual({ delete: [], start: [1], next: 32_000 });
  expect(job.sync(32_000)).toEqual({ delete: [], start: [0] });
});

test('without it, all indexes share one', () => {
  const job = new JobController({
    parallelism: 3,
    completions: 3,
    completionMode: 'Indexed',
    podFailurePolicy: WORKER_POLICY,
  });
  job.sync(0);
  job.podEnded(0, lost, 0);
  job.podEnded(1, lost, 5_000);
  expect(job.sync(5_000)).toEqual({ ...NONE, next: 25_000 });
  expect(job.sync(25_000).start).toEqual([0, 1]);
});

test('an index whose pod is deleted with its suspended Job starts anew; one that waits goes on waiting', () => {
  const job = new JobController({
    parallelism: 2,
    completions: 2,
    completionMode: 'Indexed',
    backoffLimitPerIndex: 5,
    podFailurePolicy: WORKER_POLICY,
  });
  job.sync(0);
  job.podEnded(0, lost, 0);
  job.sync(10_000);
  job.podEnded(1, lost, 10_000);
  job.patch({ suspend: true });
  expect(job.sync(11_000)).toEqual({ delete: [0], start: [] });
  job.podEnded(0, lost, 12_000);
  job.patch({ suspend: false });
  expect(job.sync(12_000)).toEqual({ delete: [], start: [0], next: 20_000 });
  job.podEnded(0, lost, 13_000);
  expect(job.sync(20_000)).toEqual({ delete: [], start: [1], next: 23_000 });
});
