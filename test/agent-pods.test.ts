import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, Testing } from 'cdk8s';
import { RedisWorkQueueJob, type RedisWorkQueueJobProps } from '../lib';
import { LocalCluster, type LocalPod } from '../local/cluster';
import { defineQueue, WorkQueue } from '../worker';
import { useQueue } from './queue-under-test';

// The pods of `agent: true`, as the manifests say, with a program in bash beside the agent: its container as a sidecar, and all
// that such a program does wrong.

/** Asks for items until there are none, and does what their payloads say. Its result is the number of the attempt. */
const PROGRAM = `
next() { curl -sf --retry 30 --retry-delay 1 --retry-connrefused -X POST "$WORK_QUEUE_AGENT/take"; }
[ -n "$FIRST" ] && mkdir "$SCRATCH/first" 2>/dev/null && eval "$FIRST"
while item=$(next); do
  part() { sed -E 's/.*"'$1'":"?([^",}]*).*/\\1/' <<<"$item"; }
  take=$(part take) attempt=$(part attempt) payload=$(part payload) verb=done
  echo "attempt $attempt at $payload"
  case $payload in
    crash) [ "$attempt" -gt 1 ] || kill -9 $$ ;;
    leave) [ "$attempt" -gt 1 ] || exit 0 ;;
    poison) exit 0 ;;
    fork) (/bin/sleep 600 &) ;;
    fail) [ "$attempt" -gt 1 ] || verb=fail ;;
    until) until [ -e "$SCRATCH/go" ]; do sleep 0.02; done ;;
  esac
  curl -sf -d "$attempt" "$WORK_QUEUE_AGENT/items/$take/$verb" && echo "$verb $payload"
done
eval "$LAST"
exit 7
`;

const redis = useQueue();
let scratch: string;
let cluster: LocalCluster;
let queue: WorkQueue<string>;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'agent-pods-'));
  queue = new WorkQueue(defineQueue({ name: redis.name }), { url: redis.server.url });
});

afterEach(async () => {
  await cluster?.stop();
  await queue.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** The Job on a filled queue. */
async function start(props: Partial<RedisWorkQueueJobProps>, program: { first?: string; last?: string } = {}) {
  const chart = Testing.chart();
  const names = { queueName: redis.name, jobName: 'q', image: 'bash' };
  new RedisWorkQueueJob(chart, 'q', { ...names, agent: true, ...props });
  cluster = new LocalCluster({ redisUrl: redis.server.url }).apply(Testing.synth(chart));
  expect(await cluster.run('q-fill')).toEqual([0]);
  return cluster.startJob('q', {
    image: ['bash', '-c', PROGRAM],
    env: { SCRATCH: scratch, FIRST: program.first ?? '', LAST: program.last ?? '' },
  });
}

const pods = () => cluster.podsOf('q');
const codesOf = (container: string) => pods().map(({ exitCodes }) => exitCodes.get(container));
const lines = (pattern: RegExp) => pods().flatMap((pod: LocalPod) => pod.all(pattern));

/** The number of the attempt in which each item was done, by item. */
async function attempts(): Promise<string[]> {
  const found: string[] = [];
  for await (const { payload, result } of queue.results()) found.push(`${payload} ${result}`);
  return found.sort();
}

test('a program that works is told that all is done, and the Job is Complete whatever it ends with', async () => {
  const job = await start({ items: ['a', 'b', 'c', 'fail'], parallelism: 2 });
  await expect(job.ended).resolves.toMatchObject({ condition: 'Complete' });
  expect(await attempts()).toEqual(['a 1', 'b 1', 'c 1', 'fail 2']);
  expect([job.failed, codesOf('agent')]).toEqual([0, [0, 0]]);
});

test.each([
  ['crash', 'is killed'],
  ['leave', 'leaves with 0'],
])('an item at which the program %s: it %s, is charged for it and done by another pod', async (payload) => {
  const job = await start({ items: ['a', payload, 'b'] });
  await expect(job.ended).resolves.toMatchObject({ condition: 'Complete' });
  expect(await attempts()).toEqual(['a 1', 'b 1', `${payload} 2`]);
  expect([job.failed, codesOf('agent')]).toEqual([1, [1, 0]]);
  expect(lines(/(the program ended before the queue was drained)/)).not.toEqual([]);
});

test('an item at which the program always ends is a dead letter in the end, and fails the Job, not its neighbours', async () => {
  const job = await start({ items: ['a', 'poison', 'b'], maxAttempts: 2 });
  await expect(job.ended).resolves.toMatchObject({ condition: 'Failed', reason: 'PodFailurePolicy' });
  expect(await attempts()).toEqual(['a 1', 'b 1']);
  const dead: unknown[] = [];
  for await (const { payload, reason, attempts } of queue.deadLetters())
    dead.push({ payload: String(payload), reason, attempts });
  expect(dead).toEqual([{ payload: 'poison', reason: 'crash', attempts: 2 }]);
  expect(codesOf('agent')).toEqual([1, 1, 80]);
});

test('a program that goes on after the end, and does not hear that it is to end, is killed, and the Job is Complete', async () => {
  const last = 'trap "" TERM; echo stays; /bin/sleep 600 & while :; do wait; done';
  const job = await start({ items: ['a', 'fork'], terminationGracePeriod: Duration.seconds(1) }, { last });
  await expect(job.ended).resolves.toMatchObject({ condition: 'Complete' });
  expect([codesOf('agent'), codesOf('worker')]).toEqual([[0], [137]]);
  expect(lines(/^(stays)$/)).toEqual(['stays']);
});

test('a program that never asks is noticed, and its pod replaced', async () => {
  const job = await start({ items: ['a'], agentPatience: Duration.seconds(3) }, { first: '/bin/sleep 600' });
  await expect(job.ended).resolves.toMatchObject({ condition: 'Complete' });
  expect(await attempts()).toEqual(['a 1']);
  // On a machine with much to do, a second one may be as slow.
  expect([codesOf('agent').at(0), codesOf('agent').at(-1)]).toEqual([1, 0]);
  expect(lines(/(the program has asked for nothing)/)).not.toEqual([]);
});

test('in a pod that is deleted, the program finishes what it holds, which is charged to nobody', async () => {
  const job = await start({ items: ['until', 'a'] });
  const [first] = pods() as [LocalPod];
  await first.line('attempt 1 at until');
  first.kill('SIGTERM');
  await first.line('SIGTERM: no new items');
  writeFileSync(join(scratch, 'go'), '');
  await first.line('done until');
  await expect(job.ended).resolves.toMatchObject({ condition: 'Complete' });
  expect(await attempts()).toEqual(['a 1', 'until 1']);
  expect([job.failed, codesOf('agent')]).toEqual([0, [143, 0]]);
});
