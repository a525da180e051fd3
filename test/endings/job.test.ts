import { Duration } from 'cdk8s';
import { CompletionMode, type RedisWorkQueueJobProps } from '../../lib';
import { EXIT } from '../../worker/contract';
import { useQueue } from '../queue-under-test';
import { startWorker } from '../worker-process';
import { type JobManifest, ManifestJob, type ManifestJobEnd, type Pod } from './manifest-job';
import { renderJob } from './rendered-job';

const queue = useQueue();
let completionMode: CompletionMode;

/** Runs the Job that the construct renders, on the queue of this test. */
function apply(props: Partial<RedisWorkQueueJobProps> = {}): ManifestJob {
  return run(
    renderJob({ queueName: queue.name, parallelism: 3, lease: Duration.seconds(3), completionMode, ...props }),
  );
}

function run(job: JobManifest): ManifestJob {
  const start = (env: Record<string, string>) =>
    startWorker({ url: queue.server.url, env: { ...env, REDIS_URL: queue.server.url, QUEUE: queue.name } });
  return new ManifestJob(job, start);
}

/** Both directions of the promise, for what the Job and the queue say in the end. */
async function expectPromiseKept(end: ManifestJobEnd, total: number, dead = 0): Promise<void> {
  const { done, dead: died, waiting, retrying } = await queue.withClient((client) => client.status());
  const finished = done + died === total && waiting === 0 && retrying === 0;
  if (end.condition === 'Complete')
    expect({ done, died, finished }).toEqual({ done: total - dead, died: dead, finished: true });
  if (finished && died === 0 && end.reason !== 'BackoffLimitExceeded') expect(end.condition).toBe('Complete');
}

const items = (count: number, ms = 25) => Array.from({ length: count }, (_, index) => `sleep ${ms} ${index}`);

/** Does something to a worker each time that so many more items are done. */
async function meddle(job: ManifestJob, every: number, acts: readonly ((pod: Pod) => void)[]): Promise<void> {
  for (const [index, act] of acts.entries()) {
    await queue.until(
      'progress',
      (redis) => redis.hget(queue.keys.meta, 'done'),
      (done) => Number(done) >= (index + 1) * every,
    );
    const [pod] = [...job.active];
    if (pod) act(pod);
  }
}

/** The Job with a native sidecar, as an injector adds it, that ends with a code of its own when the pod is torn down. */
function applyWithSidecar(code: number, props: Partial<RedisWorkQueueJobProps> = {}): ManifestJob {
  const job = renderJob({ queueName: queue.name, lease: Duration.seconds(3), completionMode, ...props });
  const sidecar = {
    name: 'proxy',
    restartPolicy: 'Always',
    command: [
      process.execPath,
      '-e',
      `process.on('SIGTERM', () => process.exit(${code})); setInterval(() => {}, 1000)`,
    ],
  };
  const { template } = job.spec;
  return run({
    ...job,
    spec: { ...job.spec, template: { ...template, spec: { ...template.spec, initContainers: [sidecar] } } },
  });
}

describe.each([CompletionMode.NON_INDEXED, CompletionMode.INDEXED])('a Job whose completionMode is %s:', (mode) => {
  const indexed = mode === CompletionMode.INDEXED;

  beforeEach(() => {
    completionMode = mode;
  });

  test('workers that are killed, told to end and evicted: Complete, and every item is done', async () => {
    await queue.fill(...items(240));
    const job = apply();
    const kill = (pod: Pod) => pod.worker.kill('SIGKILL');
    const end = (pod: Pod) => pod.worker.kill('SIGTERM');
    const evict = (pod: Pod) => job.evict(pod);
    await meddle(job, 25, [kill, end, evict, kill, end, evict, kill]);
    const ended = await job.ended;
    expect(ended).toMatchObject({ condition: 'Complete', failed: 3 });
    expect(ended.codes.filter((code) => code === EXIT.terminated).length).toBeGreaterThanOrEqual(3);
    // Once one has ended with 0, all do, and nobody takes their place; with indexes, they are deleted meanwhile.
    const last = ended.codes.slice(ended.codes.indexOf(0));
    expect(last).toHaveLength(3);
    expect(last.every((code) => code === 0 || (indexed && code === EXIT.terminated))).toBe(true);
    await expectPromiseKept(ended, 240);
  });

  test('items that kill their worker are convicted alone, and the others are done', async () => {
    await queue.fill(...items(40), 'die one', ...items(40), 'die two', ...items(40));
    const ended = await apply({ concurrency: 4, tolerateDeadLetters: true }).ended;
    await expectPromiseKept(ended, 122, 2);
    expect(ended).toMatchObject({ condition: 'Complete' });
    // Three attempts each, at most; where both were in one hand, one crash counts for both.
    expect(ended.failed).toBeGreaterThanOrEqual(4);
    expect(ended.failed).toBeLessThanOrEqual(6);
    const letters = await queue.redis.hgetall(queue.keys.dead);
    expect(Object.keys(letters)).toEqual(expect.arrayContaining(['41', '82']));
    for (const letter of Object.values(letters)) expect(letter).toMatch(/"reason":"crash"[\s\S]*die (one|two)$/);
  });

  test('dead letters fail the Job, after all else is done', async () => {
    await queue.fill(...items(30), 'unrecoverable no', ...items(30));
    const ended = await apply().ended;
    expect(ended).toMatchObject({ condition: 'Failed', reason: 'PodFailurePolicy', failed: 0 });
    expect(ended.codes).toContain(EXIT.deadLetters);
    expect(await queue.redis.hget(queue.keys.meta, 'done')).toBe('60');
  });

  test('a Job that fails for its backoffLimit keeps the state, and a new Job goes on', async () => {
    await queue.fill(...items(400, 40));
    const first = apply({ backoffLimit: 1 });
    await meddle(first, 10, [(pod) => pod.worker.kill('SIGKILL'), (pod) => pod.worker.kill('SIGKILL')]);
    const failed = await first.ended;
    expect(failed).toMatchObject({ condition: 'Failed', reason: 'BackoffLimitExceeded', failed: 2 });
    await expectPromiseKept(failed, 400);
    const before = Number(await queue.redis.hget(queue.keys.meta, 'done'));
    expect(before).toBeGreaterThanOrEqual(20);

    const ended = await apply().ended;
    expect(ended).toMatchObject({ condition: 'Complete', failed: 0 });
    await expectPromiseKept(ended, 400);
  });

  test('a Job that was removed and is applied again is Complete at once, and does nothing twice', async () => {
    await queue.fill(...items(60));
    await queue.withClient((client) => client.seal());
    expect(await apply().ended).toMatchObject({ condition: 'Complete' });
    const before = await queue.redis.hmget(queue.keys.meta, 'claimed', 'done');

    const { condition, failed, codes } = await apply().ended;
    expect({ condition, failed }).toEqual({ condition: 'Complete', failed: 0 });
    expect(codes).toHaveLength(3);
    expect(codes.every((code) => code === 0 || (indexed && code === EXIT.terminated))).toBe(true);
    expect(await queue.redis.hmget(queue.keys.meta, 'claimed', 'done')).toEqual(before);
    expect(before).toEqual(['60', '60']);
  });

  test('a sidecar that ends with 143 excuses no failure of the worker', async () => {
    await queue.fill('die one', 'die two', 'die three');
    const ended = await applyWithSidecar(EXIT.terminated, { backoffLimit: 1 }).ended;
    expect(ended).toMatchObject({ condition: 'Failed', reason: 'BackoffLimitExceeded', failed: 2 });
  });

  test('a sidecar that ends with 143 does not hide dead letters', async () => {
    await queue.fill('unrecoverable no');
    const ended = await applyWithSidecar(EXIT.terminated).ended;
    expect(ended).toMatchObject({ condition: 'Failed', reason: 'PodFailurePolicy', codes: [EXIT.deadLetters] });
  });

  test('a sidecar that ends with a code of the contract does not fail the Job', async () => {
    await queue.fill('die one');
    const ended = await applyWithSidecar(EXIT.configuration, { maxAttempts: 2, tolerateDeadLetters: true }).ended;
    expect(ended).toMatchObject({ condition: 'Complete', failed: 2 });
  });

  test('a queue that loses an item never makes a Complete Job', async () => {
    await queue.fill(...items(60));
    await queue.redis.rpop(queue.name);
    const ended = await apply().ended;
    expect(ended).toMatchObject({ condition: 'Failed', reason: 'PodFailurePolicy' });
    expect(ended.codes).toContain(EXIT.dataLost);
  });

  test('nobody fills: the Job fails', async () => {
    const ended = await apply({ startTimeout: Duration.seconds(1), gate: false }).ended;
    expect(ended).toMatchObject({ condition: 'Failed', reason: 'PodFailurePolicy' });
    expect(ended.codes).toContain(EXIT.neverFilled);
  });
});
