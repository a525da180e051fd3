import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../until';
import type { Job } from './cluster-of-jobs';
import { INDEXED, job, useJobs } from './jobs-under-test';

// `rwq scale` to a number: which Job it takes, what it refuses, and how it ends.

const fixture = useJobs();

describe('to a number', () => {
  test('parallelism of the Job that works on the queue', async () => {
    fixture.cluster.jobs = [
      job('fruit'),
      job('nuts', { env: { WORK_QUEUE_NAME: 'other' } }),
      job('fruit-fill', { container: 'fill' }),
    ];
    const { code, stdout, stderr } = await fixture.scale('20', '--queue', 'job2');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'fruit: 4 → 20 workers.\n', stderr: '' });
    expect(fixture.cluster.sizes).toEqual([
      [20, undefined],
      [4, undefined],
      [4, undefined],
    ]);
    expect(fixture.cluster.calls).toEqual([
      'get jobs --output=json --request-timeout=30s',
      'patch job fruit --type=merge -p {"spec":{"parallelism":20}} --request-timeout=30s',
    ]);
  });

  test('and completions where it is Indexed', async () => {
    fixture.cluster.jobs = [job('fruit', { spec: INDEXED })];
    expect(await fixture.said('20')).toBe('fruit: 4 → 20 workers.');
    expect(fixture.cluster.sizes).toEqual([[20, 20]]);
    expect(await fixture.said('2')).toBe(
      'fruit: 20 → 2 workers. Items that the others cannot finish in time go back, uncharged.',
    );
    expect(fixture.cluster.sizes).toEqual([[2, 2]]);
  });

  test('below the indexes that stay: it says so before Kubernetes does', async () => {
    fixture.cluster.jobs = [job('fruit', { spec: INDEXED })];
    const { code, stderr } = await fixture.scale('1');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'rwq: fruit takes at least 2 workers: indexes 0 to 1 stay until the end. Nothing was done.\n',
    });
    expect(fixture.cluster.calls).toHaveLength(1);
  });

  test('workers that have left for good are none, so that as many as were asked for run', async () => {
    fixture.cluster.jobs = [
      job('fruit', { spec: { ...INDEXED, parallelism: 20, completions: 20 }, status: { completedIndexes: '2-19' } }),
    ];
    expect(await fixture.said('10')).toBe(
      'fruit: 2 → 10 workers. Its parallelism is 28, because 18 have left for good.',
    );
    expect(fixture.cluster.sizes).toEqual([[28, 28]]);
  });

  test('as many as there are change nothing, whoever has left', async () => {
    const spec = { ...INDEXED, parallelism: 20, completions: 20 };
    fixture.cluster.jobs = [job('fruit', { spec, status: { completedIndexes: '2-19' } })];
    expect(await fixture.said('2')).toBe('fruit stays at 2 workers.');
    expect(fixture.cluster.sizes).toEqual([[20, 20]]);
  });

  test('more indexes than Kubernetes takes: it says so before Kubernetes does', async () => {
    const spec = { ...INDEXED, parallelism: 20, completions: 20 };
    fixture.cluster.jobs = [job('fruit', { spec, status: { completedIndexes: '2-19' } })];
    const { code, stderr } = await fixture.scale('100000');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'rwq: fruit would need parallelism 100,018, because 18 workers have left for good, and Kubernetes takes at most 100,000 with indexes. Nothing was done.\n',
    });
    expect(fixture.cluster.calls).toHaveLength(1);
  });

  test('as many as there are change nothing', async () => {
    fixture.cluster.jobs = [job('fruit')];
    expect(await fixture.said('4')).toBe('fruit stays at 4 workers.');
    expect(fixture.cluster.calls).toHaveLength(1);
  });

  test('no Redis is asked', async () => {
    fixture.cluster.jobs = [job('fruit')];
    fixture.env = { REDIS_URL: undefined };
    expect((await fixture.scale('5')).code).toBe(0);
  });

  test.each([
    [['--kube', 'jobs/redis'], '--namespace jobs'],
    [['--kube', 'jobs/redis', '-n', 'work'], '--namespace work'],
    [['--namespace', 'work'], '--namespace work'],
    [['--kube-context', 'test'], '--context test'],
    [['--kube', 'jobs/redis', '--kube-context', 'test'], '--context test --namespace jobs'],
  ])('%j is where kubectl looks', async (args, words) => {
    const namespace = words.split('--namespace ')[1] ?? 'default';
    fixture.cluster.jobs = [job('fruit', { metadata: { namespace } })];
    expect((await fixture.scale('20', ...args)).code).toBe(0);
    expect(fixture.cluster.calls).toEqual([
      expect.stringContaining(` ${words} `),
      expect.stringContaining(` fruit ${words} `),
    ]);
  });

  test('as JSON', async () => {
    fixture.cluster.jobs = [job('fruit', { spec: INDEXED })];
    const outcome = { job: 'fruit', from: 4, to: 8, parallelism: 8 };
    const dry = JSON.parse((await fixture.scale('8', '--json', '--dry-run')).stdout);
    expect(dry).toEqual({ ...outcome, changed: false, command: expect.stringMatching(/^kubectl patch job fruit /) });
    expect(JSON.parse((await fixture.scale('8', '--json')).stdout)).toEqual({ ...outcome, changed: true });
    expect(JSON.parse((await fixture.scale('8', '--json')).stdout)).toEqual({ ...outcome, from: 8, changed: false });
  });
});

test('a dry run prints the command, as a shell takes it, and does nothing', async () => {
  fixture.cluster.jobs = [job('fruit', { spec: INDEXED })];
  const { code, stdout, stderr } = await fixture.scale('8', '--dry-run', '--kube-context', "it's");
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'fruit: 4 → 8 workers.\n' });
  expect(stdout).toBe(
    `kubectl patch job fruit --context 'it'\\''s' --type=merge -p '{"spec":{"parallelism":8,"completions":8}}'\n`,
  );
  expect(fixture.cluster.sizes).toEqual([[4, 4]]);
  expect(fixture.cluster.calls).toHaveLength(1);
});

describe('which Job', () => {
  test.each<[string, Job[], string]>([
    ['no Jobs at all', [], 'No Job in the namespace of kubectl works on job2: there are no Jobs of workers.'],
    [
      'Jobs of other queues',
      [job('nuts', { env: { WORK_QUEUE_NAME: 'other' } }), job('fruit-fill', { container: 'fill' })],
      'works on job2: there is nuts (other). Give --namespace NAME, or the Job itself with --job NAME.',
    ],
    [
      'those that have ended',
      [job('fruit', { status: { conditions: [{ type: 'Complete', status: 'True' }] } })],
      'No Job works on job2 any more: fruit is Complete.',
    ],
  ])('none: %s', async (_, there, words) => {
    fixture.cluster.jobs = there;
    const { code, stderr } = await fixture.scale('20');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(words) });
    expect(fixture.cluster.calls).toHaveLength(1);
  });

  test('two are named, and --job picks one', async () => {
    fixture.cluster.jobs = [job('fruit-1a2b3c4d'), job('fruit-5e6f7a8b', { spec: { parallelism: 8 } })];
    const { code, stderr } = await fixture.scale('20');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'rwq: 2 Jobs work on job2: fruit-1a2b3c4d (4 workers), fruit-5e6f7a8b (8 workers). Say which one with --job NAME.\n',
    });
    expect(await fixture.said('20', '--job', 'fruit-5e6f7a8b')).toBe('fruit-5e6f7a8b: 8 → 20 workers.');
    expect(fixture.cluster.sizes.map(([parallelism]) => parallelism)).toEqual([4, 20]);
  });

  test('of an old and a new one, the old one has ended', async () => {
    fixture.cluster.jobs = [
      job('fruit-old', { status: { conditions: [{ type: 'Failed', status: 'True' }] } }),
      job('fruit-new'),
    ];
    expect(await fixture.said('20')).toBe('fruit-new: 4 → 20 workers.');
  });

  test.each<[string, Job | undefined, string[], string]>([
    ['which is not there', undefined, [], 'jobs.batch "fruit" not found'],
    ['which fills', job('fruit', { container: 'fill' }), [], 'fruit fills a queue'],
    ['of another queue', job('fruit'), ['--queue', 'other'], 'fruit works on the queue job2, not on other'],
    [
      'which failed',
      job('fruit', { status: { conditions: [{ type: 'Failed', status: 'True' }] } }),
      [],
      'fruit has failed. Delete it and apply again',
    ],
  ])('--job %s', async (_, there, args, words) => {
    fixture.cluster.jobs = there ? [there] : [];
    const { code, stderr } = await fixture.scale('20', '--job', 'fruit', ...args);
    expect({ code: code > 0, stderr }).toEqual({ code: true, stderr: expect.stringContaining(words) });
    expect(fixture.cluster.calls).toHaveLength(1);
  });
});

describe('a Job that does not scale', () => {
  test.each<[string, Partial<Job>, string]>([
    ['a drained one', { status: { succeeded: 1 } }, 'A worker of fruit has ended with 0'],
    ['of Kueue', { metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' } } }, "in Kueue's queue team-a"],
    ['that counts completions', { spec: { completions: 8 } }, 'at most 8 pods'],
  ])('%s', async (_, parts, words) => {
    fixture.cluster.jobs = [job('fruit', parts)];
    const { code, stderr } = await fixture.scale('20');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(words) });
    expect(stderr).toContain('Nothing was done.');
    expect(fixture.cluster.calls).toHaveLength(1);
  });

  test('a suspended one takes a number, for later, but no time', async () => {
    fixture.cluster.jobs = [job('fruit', { spec: { suspend: true } })];
    expect(await fixture.said('20')).toBe('fruit: 4 → 20 workers. They start with the Job, which is suspended.');
    const { code, stderr } = await fixture.scale('--finish-in', '30m');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('fruit is suspended') });
  });
});

test('a Job that waits in Kueue takes no number that Kueue would refuse', async () => {
  const kueue = {
    labels: { 'kueue.x-k8s.io/queue-name': 'team-a' },
    annotations: { 'kueue.x-k8s.io/job-min-parallelism': '3' },
  };
  fixture.cluster.jobs = [job('fruit', { spec: { ...INDEXED, suspend: true }, metadata: kueue })];
  expect(await fixture.said('3')).toBe(
    'rwq: fruit has kueue.x-k8s.io/job-min-parallelism 3, and Kueue takes only a parallelism above that. Nothing was done.',
  );
  expect(fixture.cluster.sizes).toEqual([[4, 4]]);
  expect(await fixture.said('5')).toContain('fruit: 4 → 5 workers.');
});

describe('usage errors exit 2, say what is allowed, and do nothing', () => {
  test.each<[string[], string]>([
    [[], 'How many workers? Give a number, such as rwq scale 20, or a time, such as --finish-in 30m.'],
    [['0'], 'whole numbers from 1 to 100000'],
    [['x'], 'whole numbers from 1'],
    [['20', '--finish-in', '30m'], 'Give either a number of workers or --finish-in.'],
    [['20', '--max', '30'], '--max goes with --finish-in'],
    [['20', '--sample', '30'], '--sample goes with --finish-in'],
    [['--finish-in', '30'], 'Allowed are times such as 90s, 30m, 2h or 1h30m'],
    [['--finish-in', '0s'], 'Allowed are times'],
    [['--finish-in', '400d'], 'at most a year'],
    [['20', '--kube', 'Redis!'], '[namespace/]service[:port]'],
    [['20', '--queue', 'a{b}'], 'braces are not allowed'],
    // A variable that is not set, in a script: not the namespace of kubectl.
    [['20', '--namespace', ''], 'the name alone'],
    [['20', '--job', ''], 'the name alone'],
    [['20', '--job', '--all'], 'the name alone'],
    [['20', '--job', 'job/fruit'], 'the name alone'],
  ])('%j', async (args, message) => {
    const { code, stderr } = await fixture.scale(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(fixture.cluster.calls).toEqual([]);
  });

  test('no queue and no Job', async () => {
    fixture.env = { WORK_QUEUE_NAME: undefined };
    expect((await fixture.scale('20')).stderr).toContain('--queue NAME');
  });

  test('a cap below the indexes that stay', async () => {
    fixture.cluster.jobs = [job('fruit', { spec: INDEXED })];
    const { code, stderr } = await fixture.scale('--finish-in', '30m', '--max', '1');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('--max is 1, and fruit takes at least 2'),
    });
  });
});

describe('kubectl', () => {
  test('that is not there', async () => {
    fixture.env = { PATH: join(fixture.folder, 'nowhere') };
    const { code, stderr } = await fixture.scale('20');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('rwq scale needs kubectl') });
  });

  test('that fails is quoted, on one line and without its own log', async () => {
    fixture.cluster.jobs = [job('fruit')];
    fixture.cluster.fails = [
      'get',
      'E1125 00:00:00 memcache.go:265] no\nThe connection to the server was refused\n- right host?',
    ];
    const { code, stderr } = await fixture.scale('20');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'rwq: kubectl get jobs --output=json --request-timeout=30s ended (exit 1): The connection to the server was refused - right host?\n',
    });
  });

  test.each(['get', 'patch'])('that may not %s Jobs: it says what that takes', async (verb) => {
    fixture.cluster.jobs = [job('fruit')];
    const cannot = `cannot ${verb} resource "jobs" in API group "batch"`;
    fixture.cluster.fails = [verb, `Error from server (Forbidden): jobs.batch is forbidden: User "ci" ${cannot}`];
    expect((await fixture.scale('20')).stderr).toContain(
      'takes the verbs list, get and patch on jobs in the API group batch.',
    );
  });

  test('that prints something else is quoted', async () => {
    writeFileSync(join(fixture.folder, 'kubectl'), '#!/bin/sh\necho Using context test\n', { mode: 0o755 });
    for (const args of [['20'], ['20', '--job', 'fruit']]) {
      const { code, stderr } = await fixture.scale(...args);
      const words = 'rwq: kubectl printed no JSON but "Using context test".';
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(words) });
    }
  });

  test('that hangs: Ctrl-C ends both', async () => {
    fixture.cluster.jobs = [job('fruit')];
    fixture.cluster.hangs = 'get';
    const scaling = fixture.start('20');
    await until('kubectl is called', () => fixture.cluster.calls.length > 0);
    scaling.child.kill('SIGINT');
    const { code, stderr } = await scaling.ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
  });
});
