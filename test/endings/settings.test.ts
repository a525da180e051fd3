import { Duration } from 'cdk8s';
import { LogFormat } from '../../lib/pod/log-format';
import type { WorkerSettings as ChartSettings } from '../../lib/pod/worker-environment';
import { resolveEnv } from '../../local/kubelet';
import { readSettings, type WorkerSettings } from '../../worker/settings/settings';
import { renderJob } from './rendered-job';

/** What a worker reads in a pod of the rendered Job. */
function settingsOf(props: Parameters<typeof renderJob>[0]): WorkerSettings {
  const labels = { 'batch.kubernetes.io/controller-uid': 'uid' };
  const { env } = renderJob(props).spec.template.spec.containers[0]!;
  return readSettings(resolveEnv(env, { name: 'work-abcde', namespace: 'default', labels }));
}

test('the worker reads what the chart says, prop by prop', () => {
  // A new prop without a value here does not compile.
  const props: Required<ChartSettings> = {
    concurrency: 7,
    lease: Duration.seconds(20),
    maxAttempts: 5,
    itemTimeout: Duration.minutes(2),
    rate: { items: 100, per: Duration.seconds(1.5) },
    startTimeout: Duration.minutes(3),
    storeTimeout: Duration.minutes(4),
    settle: Duration.seconds(6),
    terminationGracePeriod: Duration.seconds(90),
    tolerateDeadLetters: true,
    failFast: false,
    logFormat: LogFormat.TEXT,
  };
  expect(settingsOf({ ...props, queueName: 'fruit', items: ['apple'] })).toEqual({
    store: { url: 'redis://redis.example:6379' },
    queue: 'fruit',
    concurrency: 7,
    lease: 20_000,
    maxAttempts: 5,
    itemTimeout: 120_000,
    rate: { items: 100, per: 1_500 },
    startTimeout: 180_000,
    storeTimeout: 240_000,
    settle: 6_000,
    grace: 90_000,
    batch: expect.stringMatching(/^[0-9a-f]{16,}$/),
    gated: true,
    run: 'uid',
    worker: 'work-abcde',
    tolerateDeadLetters: true,
    failFast: false,
    endless: false,
    terminationLog: '/dev/termination-log',
  });
});

test('what the chart leaves out has the default that its docstring names', () => {
  expect(settingsOf({})).toEqual({
    store: { url: 'redis://redis.example:6379' },
    queue: 'job2',
    concurrency: 1,
    lease: 10_000,
    maxAttempts: 3,
    itemTimeout: 0,
    startTimeout: 600_000,
    storeTimeout: 300_000,
    settle: 30_000,
    grace: 30_000,
    batch: '',
    gated: false,
    run: 'uid',
    worker: 'work-abcde',
    tolerateDeadLetters: false,
    failFast: false,
    endless: false,
    terminationLog: '/dev/termination-log',
  });
});
