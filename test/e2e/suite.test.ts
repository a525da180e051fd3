import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCENARIOS } from '../../e2e/scenarios';
import { type KubectlCall, KubectlFront } from '../kubectl-front';
import { IdleCluster } from './idle-cluster';

const ROOT = join(__dirname, '../..');

let kubectl: KubectlFront;
let cluster: IdleCluster;
let folder: string;

beforeAll(async () => {
  kubectl = await KubectlFront.open((call) => cluster.answer(call));
});

afterAll(() => kubectl.close());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-'));
  kubectl.install(folder);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Setting {
  /** What goes wrong in the cluster, comma-separated. */
  readonly faults?: string;
  readonly path?: string;
}

/** Starts the suite beside a new cluster. */
function start(args: readonly string[], { faults = '', path = `${folder}:${process.env.PATH}` }: Setting = {}) {
  const only = args[args.indexOf('--only') + 1];
  const losses = SCENARIOS.find(({ name }) => name === only)?.losses.length ?? 0;
  cluster = new IdleCluster(faults.split(','), losses);
  return spawn(process.execPath, [join(ROOT, 'build/e2e/run.js'), ...args], {
    env: {
      PATH: path,
      TMPDIR: folder,
      SYNTHESIZED: tmpdir(),
      NODE_OPTIONS: `--require=${join(__dirname, 'synth-once.js')}`,
    },
  });
}

async function ended(child: ChildProcessWithoutNullStreams) {
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, out, err, row: out.trim().split('\n').at(-1)?.trim().split(/ {3,}/) };
}

const run = (args: readonly string[], setting?: Setting) => ended(start(args, setting));

/** What changed the cluster, in order, without what differs from run to run. */
function changes(): string[] {
  const namespace = namespaceOf(cluster.calls);
  return cluster.calls
    .filter(({ args }) => !['get', 'config', 'version', 'auth', 'logs'].includes(args[0]!))
    .filter(({ args }) => !args.join(' ').includes('HMGET'))
    .map(({ args }) => args.join(' ').replaceAll(namespace, 'NAMESPACE').replaceAll(folder, 'TMP'))
    .map((line) => line.replace(/TMP\/e2e-\w+/, 'SCRATCH'));
}

function namespaceOf(all: readonly KubectlCall[]): string {
  const creation = all.find(({ args }) => args[0] === 'create' && args[1] === '--filename=-');
  return creation ? JSON.parse(creation.input!).metadata.name : 'none';
}

const deletions = () => cluster.calls.filter(({ args }) => args[0] === 'delete' && args[1] === 'namespace');

test('the walkthrough: pods are lost while they work, everything is Complete and counted, and the namespace is gone', async () => {
  const { code, out, err, row } = await run(['--only', 'walkthrough']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^Kubernetes v1\.34\.0, context kind-kind$/m);
  expect(row).toEqual(['walkthrough', '9/9', '2 (killed, evicted)', expect.stringMatching(/^\d+$/), 'ok']);
  expect(changes()).toEqual([
    'create --filename=- --request-timeout=20s',
    'apply --namespace=NAMESPACE --filename=SCRATCH/walkthrough/without-jobs',
    'exec --namespace=NAMESPACE redis-master --container=redis -- redis-cli HSET {job2}:meta paused 1',
    'apply --namespace=NAMESPACE --filename=SCRATCH/walkthrough/all',
    "exec --namespace=NAMESPACE redis-master --container=redis -- sh -c redis-cli HDEL '{job2}:meta' paused && redis-cli XADD '{job2}:wake' MAXLEN 1 '*' why resume",
    'delete pod job-wq-2-0 --namespace=NAMESPACE --grace-period=0 --force --wait=false --request-timeout=20s',
    'create --raw=/api/v1/namespaces/NAMESPACE/pods/job-wq-2-1/eviction --filename=- --request-timeout=20s',
    'delete namespace NAMESPACE --ignore-not-found --wait=true --timeout=240s',
  ]);

  const namespace = namespaceOf(cluster.calls);
  expect(namespace).toMatch(/^e2e-walkthrough-[a-z]{6}$/);
  const [creation, eviction] = cluster.calls.flatMap(({ args, input }) =>
    args[0] === 'create' ? [JSON.parse(input!)] : [],
  );
  expect(creation.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  expect(eviction).toEqual({
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: 'job-wq-2-1', namespace },
  });
});

test('nothing leaves the namespace of the scenario, and the context goes with every call', async () => {
  const { code } = await run(['--only', 'walkthrough', '--context', 'mine', '--namespace-prefix', 'ours']);
  expect(code).toBe(0);
  const namespace = namespaceOf(cluster.calls.map(({ args, input }) => ({ args: args.slice(1), input })));
  expect(namespace).toMatch(/^ours-walkthrough-/);
  for (const { args } of cluster.calls) {
    expect(args[0]).toBe('--context=mine');
    const text = args.slice(1).join(' ');
    if (!/^(version|auth|create --filename|get storageclasses|delete namespace)/.test(text))
      expect(text).toContain(namespace);
  }
});

test('a Redis with a volume is deleted as well, and a chart with several queues is counted whole', async () => {
  const { code, row } = await run(['--only', 'two-queues']);
  expect({ code, row: row?.slice(0, 3) }).toEqual({
    code: 0,
    row: ['two-queues', '16/16', '3 (killed, deleted, evicted)'],
  });
  expect(changes()).toContainEqual(expect.stringMatching(/^delete pod redis-0 --namespace=NAMESPACE --wait=false/));
});

test('results have to add up, and dead letters that a chart tolerates are expected', async () => {
  expect((await run(['--only', 'chess'])).row).toEqual(expect.arrayContaining(['chess', '20/20', 'ok']));
  expect((await run(['--only', 'fetch-and-store'])).row).toEqual(expect.arrayContaining(['30/30', 'ok']));
});

test.each([
  ['job-fails', 'failed: Job job-wq-2 failed: PodFailurePolicy, exit code 82'],
  [
    'item-lost',
    'failed: Complete, and the queue job2 has 8 done, 0 dead, 0 listed instead of 9 done, 0 dead, 0 listed',
  ],
  ['too-fast', 'failed: only 0 of 2 pods were lost while there was work'],
])('%s: says what is wrong, shows what there is, and deletes the namespace', async (fault, verdict) => {
  const { code, out, row } = await run(['--only', 'walkthrough'], { faults: fault });
  expect({ code, verdict: row?.at(-1) }).toEqual({ code: 1, verdict });
  expect(out).toContain(
    'walkthrough:   Warning FailedCreate of Job job-wq-2: violates PodSecurity "restricted:latest"',
  );
  expect(out).toMatch(/Log of job-wq-2-\d, worker:\n.*Working on apple/);
  expect(deletions()).toHaveLength(1);
});

test('work that never ends: ends with --timeout', async () => {
  const { code, row } = await run(['--only', 'walkthrough', '--timeout', '2'], { faults: 'never-drained' });
  expect({ code, verdict: row?.at(-1) }).toEqual({
    code: 1,
    verdict: expect.stringMatching(/^failed: waited in vain for .*: the 2 s of --timeout are over$/),
  });
  expect(deletions()).toHaveLength(1);
});

test('an API server that is away for a while, and a budget that forbids an eviction: both are tried again', async () => {
  const { code, row } = await run(['--only', 'walkthrough'], { faults: 'away,budget' });
  expect({ code, row: row?.slice(0, 3) }).toEqual({ code: 0, row: ['walkthrough', '9/9', '2 (killed, evicted)'] });
});

test('a namespace that cannot be deleted fails the scenario and is named', async () => {
  const { code, err, row } = await run(['--only', 'walkthrough'], { faults: 'stays' });
  expect(code).toBe(1);
  expect(row?.at(-1)).toMatch(/^failed: the namespace e2e-walkthrough-\w+ could not be deleted$/);
  expect(err).toBe(`left there: kubectl delete namespace ${namespaceOf(cluster.calls)}\n`);
});

test('--keep deletes nothing, and says what to delete', async () => {
  const { code, out } = await run(['--only', 'walkthrough', '--keep']);
  expect(code).toBe(0);
  expect(out).toContain(`kept: kubectl delete namespace ${namespaceOf(cluster.calls)}`);
  expect(deletions()).toEqual([]);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s: what runs is ended, and the namespace is deleted', async (signal) => {
  const child = start(['--only', 'walkthrough'], { faults: 'hangs' });
  const end = ended(child);
  await cluster.until((calls) => calls.filter(({ args }) => args[0] === 'apply').length === 2);
  child.kill(signal);
  const { code, err } = await end;
  expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
  expect(err).toBe(`${signal}: deleting the namespace; once more leaves it there\n`);
  expect(deletions().map(({ args }) => args.slice(2, 5))).toEqual([
    [namespaceOf(cluster.calls), '--ignore-not-found', '--wait=false'],
  ]);
});

describe('images', () => {
  test('--image puts another one into the manifests, where they name it', async () => {
    const { code } = await run(['--only', 'walkthrough', '--image', 'redis:8.2.10=mirror.example:5000/redis@sha256:1']);
    expect(code).toBe(0);
    const images = new Set([...cluster.applied.matchAll(/^ +image: .*/gm)].map(([line]) => line.trim()));
    expect(images).toEqual(new Set(['image: "mirror.example:5000/redis@sha256:1"', 'image: node:24-alpine']));
  });

  test('an example that needs one of its own is skipped without, and runs with it', async () => {
    const skipped = await run(['--only', 'python']);
    expect(skipped.code).toBe(0);
    expect(skipped.row).toEqual([
      'python',
      'skipped: build its image, then --image registry.example/fruit-python:1=YOURS',
    ]);
    expect(namespaceOf(cluster.calls)).toBe('none');
    const { code, row } = await run(['--only', 'python', '--image', 'registry.example/fruit-python:1=fruit:e2e']);
    expect({ code, row }).toEqual({ code: 0, row: expect.arrayContaining(['9/9', 'ok']) });
  });

  test('one that no manifest has is refused before anything is made', async () => {
    const { code, err } = await run(['--only', 'walkthrough', '--image', 'node:1=node:2']);
    expect({ code, err }).toEqual({
      code: 2,
      err: '--image node:1=node:2: no manifest says node:1. Images there are: node:24-alpine, redis:8.2.10\n',
    });
    expect(namespaceOf(cluster.calls)).toBe('none');
  });
});

test('a chart with a volume is skipped where there is no default StorageClass', async () => {
  const { code, row } = await run(['--only', 'two-queues'], { faults: 'no-storage' });
  expect({ code, row }).toEqual({ code: 0, row: ['two-queues', 'skipped: the cluster has no default StorageClass'] });
});

describe('what it refuses, in a sentence and without a stack trace', () => {
  test.each([
    ['no-context', /^kubectl has no current context \(error: current-context is not set\)\. Set one with/],
    ['no-answer', /^The cluster of the context kind-kind does not answer\. Start it, or .* connection refused$/],
    ['forbidden', /^You may not create namespaces in the cluster of the context kind-kind\. Use/],
  ])('%s', async (fault, message) => {
    const { code, err } = await run([], { faults: fault });
    expect(code).toBe(1);
    expect(err.trim()).toMatch(message);
    expect(err.trim()).not.toContain('\n');
    expect(changes()).toEqual([]);
  });

  test('no kubectl', async () => {
    rmSync(join(folder, 'kubectl'));
    const { code, err } = await run([], { path: folder });
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^There is no kubectl on the PATH\. Install it .*\n$/),
    });
  });

  test.each([
    [['--only', 'walkthru'], 'there is no scenario "walkthru"; there are walkthrough, chess,'],
    [['--timeout', '10m'], '--timeout is "10m"; give whole seconds from 1 to 86400, such as 600'],
    [['--namespace-prefix', 'E2E'], '--namespace-prefix is "E2E"; give at most 30 lower-case letters'],
    [['--image', 'node'], '--image is "node"; give FROM=TO, such as'],
    [['--fast'], "Unknown option '--fast'"],
    [['walkthrough'], "Unexpected argument 'walkthrough'"],
  ])('%j', async (args, message) => {
    const { code, err } = await run(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toMatch(/\nnpm run e2e -- --help says what there is\.\n$/);
    expect(err).not.toMatch(/^ +at /m);
    expect(cluster.calls).toEqual([]);
  });
});

test('--help says that it needs a cluster, and how to get one', async () => {
  const { code, out } = await run(['--help']);
  expect(code).toBe(0);
  expect(out).toContain('kind create cluster\n  npm run e2e');
  expect(out).toContain('It needs a cluster');
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});
