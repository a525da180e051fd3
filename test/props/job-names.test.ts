import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, Duration, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  CompletionMode,
  Cpu,
  EntryBundle,
  FillJob,
  IdleWorkers,
  LogFormat,
  RedisStore,
  RedisWorkQueueJob,
  type RedisWorkQueueJobProps,
  RunInput,
  SpotNodes,
} from '../../lib';
import type { QueueFiller } from '../../lib/fill';
import { defineQueue } from '../../worker/queue';

// A Job that is there takes no change of its pods: applied again, a changed chart makes a Job of another name exactly where
// Kubernetes would refuse to change the one that is there.

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'job-names-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function source(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const ENTRY = source('one.js', 'console.log(1)');
const OTHER_ENTRY = source('two.js', 'console.log(2)');

/** What Kubernetes refuses to change in the spec of a Job. */
const REFUSED = [
  ...['completions', 'completionMode', 'backoffLimitPerIndex', 'successPolicy'],
  ...['selector', 'template', 'podFailurePolicy'],
];

type Props = Partial<RedisWorkQueueJobProps>;

interface Jobs {
  readonly worker: ApiObject;
  readonly fill: ApiObject | undefined;
}

function synth(props: (of: Chart) => Props, chart = new Chart(new App(), 'test')): Jobs {
  const queue = new RedisWorkQueueJob(chart, 'fruit', { queueName: 'q', ...props(chart) });
  return { worker: queue.job, fill: (queue.fill ?? queue.filler)?.job };
}

const nameOf = (job: ApiObject | undefined) => job?.toJson().metadata.name;
/** And what the webhooks of Kueue refuse to change in the metadata of one that runs. */
const ofKueue = ({ labels = {}, annotations = {} }: { labels?: object; annotations?: object }) =>
  Object.entries({ ...labels, ...annotations }).filter(([key]) => key.startsWith('kueue.x-k8s.io/'));
function refusedPart(job: ApiObject | undefined) {
  const { spec, metadata } = job?.toJson() ?? { spec: {}, metadata: {} };
  // The number of indexes may change together with that of pods.
  const isElastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  const fields = REFUSED.map((field) => (field === 'completions' && isElastic ? 'elastic' : spec[field]));
  return [...fields, ofKueue(metadata)];
}

interface Change {
  readonly from?: (of: Chart) => Props;
  readonly to: (of: Chart) => Props;
  /** The Jobs that the change gives other names. */
  readonly renames: 'neither' | 'worker' | 'fill' | 'both';
}

const image = (more: Props = {}) => ({ image: 'worker:1', items: ['a'], ...more });
const MANY = Array.from({ length: 100 }, (_, i) => `${i}`);
const to = (more: Props, renames: Change['renames'] = 'worker', from: Props = {}): Change => ({
  from: () => image(from),
  to: () => image({ ...from, ...more }),
  renames,
});
const ofChart = (more: (of: Chart) => Props, renames: Change['renames'] = 'worker'): Change => ({
  to: (of) => image(more(of)),
  renames,
});
const variable = (value: string) => ({ A: kplus.EnvValue.fromValue(value) });

/** Each prop, changed. A prop without a row does not compile. */
const CHANGES: { readonly [Prop in keyof Required<Omit<RedisWorkQueueJobProps, 'jobName'>>]: Change } = {
  queueName: to({ queueName: 'other' }, 'both'),
  queue: to({ queue: defineQueue({ name: 'other' }) }, 'both', {
    queueName: undefined as never,
    queue: defineQueue({ name: 'q' }),
  }),
  image: to({ image: 'worker:2' }),
  entry: { from: () => ({ entry: ENTRY }), to: () => ({ entry: OTHER_ENTRY }), renames: 'worker' },
  nodeImage: { from: () => ({ entry: ENTRY }), to: () => ({ entry: ENTRY, nodeImage: 'node:22' }), renames: 'worker' },
  bundling: {
    from: () => ({ entry: ENTRY }),
    to: () => ({ entry: ENTRY, bundling: { banner: '/* a */' } }),
    renames: 'worker',
  },
  command: to({ command: ['b'] }, 'worker', { command: ['a'] }),
  args: to({ args: ['b', 'a'] }, 'worker', { args: ['a', 'b'] }),
  agent: to({ agent: true }),
  agentImage: to({ agentImage: 'node:22' }, 'worker', { agent: true }),
  agentPort: to({ agentPort: 7441 }, 'worker', { agent: true }),
  agentPatience: to({ agentPatience: Duration.minutes(1) }, 'worker', { agent: true }),
  shareProcesses: to({ shareProcesses: false }, 'worker', { agent: true, itemTimeout: Duration.minutes(1) }),
  agentResources: to({ agentResources: { cpu: { limit: Cpu.units(1) } } }, 'worker', { agent: true }),
  run: to({ run: ['b', '{}'] }, 'worker', { run: ['a', '{}'] }),
  runInput: to({ runInput: RunInput.STDIN }, 'worker', { run: ['a'] }),
  runDeadCodes: to({ runDeadCodes: [66] }, 'worker', { run: ['a'], runDeadCodes: [65] }),
  runLaterCodes: to({ runLaterCodes: [75] }, 'worker', { run: ['a'] }),
  runResults: to({ runResults: true }, 'worker', { run: ['a'] }),
  env: to({ env: variable('2') }, 'worker', { env: variable('1') }),
  parallelism: to({ parallelism: 70 }, 'neither', { items: MANY }),
  completionMode: to({ completionMode: CompletionMode.INDEXED }),
  idleWorkers: to({ idleWorkers: IdleWorkers.WAIT }, 'worker', { completionMode: CompletionMode.INDEXED }),
  concurrency: to({ concurrency: 7 }),
  lease: to({ lease: Duration.seconds(20) }),
  maxAttempts: to({ maxAttempts: 7 }),
  itemTimeout: to({ itemTimeout: Duration.minutes(1) }),
  rate: to({ rate: { items: 10, per: Duration.seconds(1) } }),
  startTimeout: to({ startTimeout: Duration.minutes(1) }),
  storeTimeout: to({ storeTimeout: Duration.minutes(1) }, 'both'),
  logFormat: to({ logFormat: LogFormat.TEXT }, 'worker', { logFormat: LogFormat.JSON }),
  settle: to({ settle: Duration.minutes(1) }),
  gate: to({ gate: false }),
  backoffLimit: to({ backoffLimit: 7 }, 'neither'),
  activeDeadline: to({ activeDeadline: Duration.hours(1) }, 'neither'),
  ttlAfterFinished: to({ ttlAfterFinished: Duration.hours(1) }, 'neither'),
  suspend: to({ suspend: true }, 'neither'),
  kueue: to({ kueue: { localQueue: 'b' } }, 'both', { kueue: { localQueue: 'a' } }),
  egressPolicy: to({ egressPolicy: true }, 'neither'),
  egressRules: to({ egressRules: [{ ports: [{ port: 443 }] }] }, 'neither', { egressPolicy: true }),
  resources: to({ resources: { memory: { limit: Size.gibibytes(1) } } }),
  nodeSelector: to({ nodeSelector: { 'kubernetes.io/arch': 'arm64' } }, 'both'),
  affinity: to({
    affinity: {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }] },
    },
  }),
  topologySpreadConstraints: to({
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
    ],
  }),
  runtimeClassName: to({ runtimeClassName: 'nvidia' }),
  schedulerName: to({ schedulerName: 'volcano' }, 'both'),
  dnsPolicy: to({ dnsPolicy: 'Default' }, 'both'),
  dnsConfig: to({ dnsConfig: { searches: ['example.com'] } }, 'both'),
  hostAliases: to({ hostAliases: [{ ip: '10.1.2.3', hostnames: ['a.example.com'] }] }, 'both'),
  hostUsers: to({ hostUsers: false }, 'both'),
  idsFromNamespace: to({ idsFromNamespace: true }, 'both'),
  podSecurityContext: to({ podSecurityContext: { supplementalGroups: [4000] } }),
  tolerations: to({ tolerations: [{ key: 'spot', operator: 'Exists' }] }, 'both'),
  spot: to({ spot: SpotNodes.GKE }, 'worker', { spot: SpotNodes.AKS }),
  evictable: to({ evictable: false }),
  priorityClassName: to({ priorityClassName: 'low' }, 'both'),
  imagePullSecrets: ofChart((of) => ({ imagePullSecrets: [kplus.Secret.fromSecretName(of, 's', 's')] }), 'both'),
  serviceAccount: ofChart((of) => ({ serviceAccount: kplus.ServiceAccount.fromServiceAccountName(of, 'a', 'a') })),
  automountServiceAccountToken: to({ automountServiceAccountToken: true }),
  envFrom: to({ envFrom: [{ secretRef: { name: 'b' } }] }, 'worker', { envFrom: [{ secretRef: { name: 'a' } }] }),
  imagePullPolicy: to({ imagePullPolicy: 'Always' }),
  lifecycle: to({ lifecycle: { preStop: { sleep: { seconds: 1 } } } }),
  securityContext: to({ securityContext: { runAsUser: 7 } }),
  initContainers: to({ initContainers: [{ name: 'a', image: 'a' }] }),
  sidecars: to({ sidecars: [{ name: 'a', image: 'a' }] }),
  cliResources: to({ cliResources: { memory: { limit: Size.mebibytes(64) } } }, 'both'),
  volumeMounts: ofChart((of) => ({
    volumeMounts: [{ mountPath: '/c', volume: kplus.Volume.fromEmptyDir(of, 'c', 'c') }],
  })),
  user: to({ user: 10001 }),
  group: to({ group: 10001 }),
  fsGroup: to({ fsGroup: 10001 }),
  readOnlyRootFilesystem: to({ readOnlyRootFilesystem: true }),
  terminationGracePeriod: to({ terminationGracePeriod: Duration.minutes(2) }),
  podLabels: to({ podLabels: { team: 'b' } }, 'worker', { podLabels: { team: 'a' } }),
  podAnnotations: to({ podAnnotations: { note: 'b' } }, 'worker', { podAnnotations: { note: 'a' } }),
  jobLabels: to({ jobLabels: { team: 'b' } }, 'neither', { jobLabels: { team: 'a' } }),
  jobAnnotations: to({ jobAnnotations: { note: 'b' } }, 'neither', { jobAnnotations: { note: 'a' } }),
  redis: ofChart((of) => ({ redis: RedisStore.external(of, 'redis', { host: 'redis.example.com' }) }), 'both'),
  redisMemory: to({ redisMemory: Size.gibibytes(1) }, 'neither'),
  items: to({ items: ['a', 'b'] }, 'both'),
  filler: {
    from: () => ({ image: 'worker', filler: { image: 'filler:1' } }),
    to: () => ({ image: 'worker', filler: { image: 'filler:2' } }),
    renames: 'both',
  },
  fillPod: {
    from: () => image(),
    to: () => image({ fillPod: { priorityClassName: 'low' } }),
    renames: 'fill',
  },
  tolerateDeadLetters: to({ tolerateDeadLetters: true }),
  after: {
    from: () => image(),
    to: (of) => image({ after: [{ queueName: 'a', redis: RedisStore.external(of, 'a', { host: 'a.example.com' }) }] }),
    renames: 'worker',
  },
  failFast: to({ failFast: true }),
  followUps: to({ followUps: true }, 'worker', { completionMode: CompletionMode.INDEXED }),
};

function expectRenamed(before: Jobs, after: Jobs, renames: Change['renames']) {
  for (const job of ['worker', 'fill'] as const) {
    const renamed = renames === job || renames === 'both';
    expect([job, nameOf(before[job]) !== nameOf(after[job])]).toEqual([job, renamed]);
    const isRefused = JSON.stringify(refusedPart(before[job])) !== JSON.stringify(refusedPart(after[job]));
    expect([job, isRefused]).toEqual([job, renamed]);
  }
}

test.each(Object.entries(CHANGES))(
  'another %s gives a Job another name exactly if Kubernetes refuses the change',
  (_, { from = () => image(), to: changed, renames }) => {
    expectRenamed(synth(from), synth(changed), renames);
  },
);

test.each([
  ['the priority class', { priorityClass: 'b' }, 'both'],
  ['the longest time', { maxExecTime: Duration.hours(2) }, 'worker'],
  ['the least parallelism', { minParallelism: 2 }, 'worker'],
] as const)('another %s for Kueue gives a Job another name, as Kueue refuses the change', (_, more, renames) => {
  const kueue = { localQueue: 'a', priorityClass: 'a', maxExecTime: Duration.hours(1), minParallelism: 1 };
  const of = (given: typeof kueue) => synth(() => image({ items: MANY, parallelism: 4, kueue: given }));
  expectRenamed(of(kueue), of({ ...kueue, ...more }), renames);
});

const elsewhere = new Chart(new App(), 'elsewhere');
const pullSecret = kplus.Secret.fromSecretName(elsewhere, 's', 's');
const account = kplus.ServiceAccount.fromServiceAccountName(elsewhere, 'a', 'a');
const scratch = kplus.Volume.fromEmptyDir(elsewhere, 'c', 'c');
const filler = { image: 'a' };

/** Each prop of a filler, changed. Those that make another batch rename the workers, too. */
const FILLER_CHANGES: { readonly [Prop in keyof Required<QueueFiller>]: [QueueFiller, QueueFiller, string[]] } = {
  image: [filler, { image: 'b' }, ['worker', 'fill']],
  entry: [{ entry: ENTRY }, { entry: OTHER_ENTRY }, ['worker', 'fill']],
  nodeImage: [{ entry: ENTRY }, { entry: ENTRY, nodeImage: 'node:22' }, ['fill']],
  bundling: [{ entry: ENTRY }, { entry: ENTRY, bundling: { banner: '/* a */' } }, ['worker', 'fill']],
  command: [filler, { ...filler, command: ['b'] }, ['worker', 'fill']],
  args: [filler, { ...filler, args: ['b'] }, ['worker', 'fill']],
  env: [filler, { ...filler, env: variable('2') }, ['worker', 'fill']],
  batch: [filler, { ...filler, batch: '2' }, ['worker', 'fill']],
  backoffLimit: [filler, { ...filler, backoffLimit: 1 }, []],
  logFormat: [filler, { ...filler, logFormat: LogFormat.TEXT }, ['fill']],
  resources: [filler, { ...filler, resources: { memory: { limit: Size.gibibytes(1) } } }, ['fill']],
  envFrom: [filler, { ...filler, envFrom: [{ secretRef: { name: 'a' } }] }, ['worker', 'fill']],
  imagePullPolicy: [filler, { ...filler, imagePullPolicy: 'Always' }, ['fill']],
  lifecycle: [filler, { ...filler, lifecycle: { preStop: { sleep: { seconds: 1 } } } }, ['fill']],
  securityContext: [filler, { ...filler, securityContext: { runAsUser: 7 } }, ['fill']],
  initContainers: [filler, { ...filler, initContainers: [{ name: 'a', image: 'a' }] }, ['fill']],
  sidecars: [filler, { ...filler, sidecars: [{ name: 'a', image: 'a' }] }, ['fill']],
  volumeMounts: [filler, { ...filler, volumeMounts: [{ mountPath: '/c', volume: scratch }] }, ['fill']],
  readOnlyRootFilesystem: [filler, { ...filler, readOnlyRootFilesystem: true }, ['fill']],
  imagePullSecrets: [filler, { ...filler, imagePullSecrets: [pullSecret] }, ['fill']],
  serviceAccount: [filler, { ...filler, serviceAccount: account }, ['fill']],
  automountServiceAccountToken: [filler, { ...filler, automountServiceAccountToken: true }, ['fill']],
};

test.each(Object.entries(FILLER_CHANGES))(
  'another %s of a filler renames the workers, too, where the batch changes',
  (_, [from, changed, renamed]) => {
    const [before, after] = [from, changed].map((each) => synth(() => ({ image: 'worker', filler: each })));
    const jobs = ['worker', 'fill'] as const;
    expect(jobs.filter((job) => nameOf(before?.[job]) !== nameOf(after?.[job]))).toEqual(renamed);
    const isRefused = (job: 'worker' | 'fill') =>
      JSON.stringify(refusedPart(before?.[job])) !== JSON.stringify(refusedPart(after?.[job]));
    expect(jobs.filter(isRefused)).toEqual(renamed);
  },
);

test('the same content has the same name, in whatever order its maps are written', () => {
  const labels = { a: '1', b: '2' };
  const reversed = { b: '2', a: '1' };
  const one = synth(() => image({ podLabels: labels, nodeSelector: labels }));
  const other = synth(() => image({ podLabels: reversed, nodeSelector: reversed }));
  expectRenamed(one, other, 'neither');
});

test('the same content has the same name from another directory, with code of the user and a filler', () => {
  const names = ['here', 'there/and/deeper'].map((name) => {
    const project = join(folder, name);
    mkdirSync(project, { recursive: true });
    cpSync(join(__dirname, '../../examples/walkthrough/worker.ts'), join(project, 'worker.ts'));
    writeFileSync(join(project, 'package.json'), '{}');
    symlinkSync(join(__dirname, '../../node_modules'), join(project, 'node_modules'));
    const before = process.cwd();
    process.chdir(project);
    try {
      const { worker, fill } = synth(() => ({
        queueName: 'job2',
        entry: './worker.ts',
        filler: { entry: './worker.ts' },
      }));
      return [nameOf(worker), nameOf(fill)];
    } finally {
      process.chdir(before);
    }
  });
  expect(names[0]).toEqual([expect.stringMatching(/-[0-9a-f]{8}$/), expect.stringMatching(/-fill-[0-9a-f]{8}$/)]);
  expect(names[1]).toEqual(names[0]);
});

test.each([
  ['CDK8S_DISABLE_SORT', '1'],
  ['TZ', 'Asia/Tokyo'],
])('the name does not depend on %s', (variableName, value) => {
  const before = process.env[variableName];
  const name = nameOf(synth(() => image()).worker);
  process.env[variableName] = value;
  try {
    expect(nameOf(synth(() => image()).worker)).toBe(name);
  } finally {
    if (before === undefined) delete process.env[variableName];
    else process.env[variableName] = before;
  }
});

test('a label of the chart is part of the pods, and so of the name', () => {
  const chart = () => new Chart(new App(), 'test', { labels: { team: 'a' } });
  expectRenamed(
    synth(() => image()),
    synth(() => image(), chart()),
    'both',
  );
});

test.each([
  ['/spec/template/spec/hostUsers', false, true],
  ['/spec/managedBy', 'example.com/controller', true],
  ['/spec/parallelism', 9, false],
  ['/spec/podReplacementPolicy', 'Failed', false],
  ['/metadata/labels/team', 'a', false],
])('a JSON patch of %s counts as a prop does', (path, value, renames) => {
  const { worker } = synth(() => image());
  const name = worker.name;
  expect(name).toBe(nameOf(worker));
  ApiObject.of(worker).addJsonPatch(JsonPatch.add(path, value));
  expect(worker.name).toBe(nameOf(worker));
  expect(worker.metadata.name).toBe(worker.name);
  expect(worker.name !== name).toBe(renames);
});

const indexed = { completionMode: CompletionMode.INDEXED };

// With indexes, the workers that stay until the end are in what Kubernetes refuses to change: one of ten.
test.each([
  ['indexes', indexed, 1, 10, 'neither'],
  ['indexes', indexed, 11, 20, 'neither'],
  ['indexes', indexed, 10, 11, 'worker'],
  ['indexes', indexed, 90, 100, 'worker'],
  ['an entry', { image: undefined, entry: ENTRY }, 2, 9, 'neither'],
  ['an entry', { image: undefined, entry: ENTRY }, 10, 11, 'worker'],
  ['indexes, idle workers wait', { ...indexed, idleWorkers: IdleWorkers.WAIT }, 1, 10, 'neither'],
  ['indexes, idle workers wait', { ...indexed, idleWorkers: IdleWorkers.WAIT }, 10, 11, 'worker'],
  ['no indexes', {}, 10, 11, 'neither'],
  ['no indexes', {}, 1, 100, 'neither'],
] as const)('with %s, another parallelism: %j, from %i to %i', (_, props, from, changed, renames) => {
  const [before, after] = [from, changed].map((parallelism) =>
    synth(() => image({ ...props, items: MANY, parallelism })),
  );
  expectRenamed(before as Jobs, after as Jobs, renames);
  expect(after?.worker.toJson().spec.parallelism).toBe(changed);
});

test('with indexes, completions that are not parallelism make another Job', () => {
  const patched = (completions: number) => {
    const { worker } = synth(() => image({ ...indexed, items: MANY, parallelism: 4 }));
    worker.addJsonPatch(JsonPatch.replace('/spec/completions', completions));
    return worker.name;
  };
  expect(new Set([patched(4), patched(8), patched(9)]).size).toBe(3);
});

test('a number of items below parallelism does not rename by itself', () => {
  const warned = jest.spyOn(console, 'warn').mockReturnValue();
  const { worker } = synth(() => image({ ...indexed, items: MANY.slice(0, 3), parallelism: 8 }));
  const { worker: same } = synth(() => image({ ...indexed, items: MANY.slice(0, 3), parallelism: 3 }));
  expect(nameOf(worker)).toBe(nameOf(same));
  expect(warned).toHaveBeenCalledTimes(1);
  warned.mockRestore();
});

test('a name by a patch stays as it is', () => {
  const { worker } = synth(() => image());
  worker.addJsonPatch(JsonPatch.replace('/metadata/name', 'mine'));
  expect(nameOf(worker)).toBe('mine');
});

test.each([
  ['without indexes', {}, 0],
  ['with indexes', indexed, '-99999'.length],
])('a long path is cut, and what is named after it fits: %s', (_, props, longestIndex) => {
  const long = (id: string) => {
    const chart = new Chart(new App(), 'a'.repeat(30));
    const queue = new RedisWorkQueueJob(chart, id, { queueName: 'q', image: 'worker', items: ['a'], ...props });
    return [queue.job.name, queue.fill?.job.name as string];
  };
  const [one, other] = [long('b'.repeat(26)), long(`${'b'.repeat(25)}c`)];
  for (const name of [...one, ...other]) expect(name).toMatch(/^a[-a-z0-9]{1,61}[a-z0-9]$/);
  for (const [worker] of [one, other]) expect(worker?.length).toBeLessThanOrEqual(63 - longestIndex);
  expect(new Set([...one, ...other].map((name) => name.replace(/-[0-9a-f]{8}$/, ''))).size).toBe(4);
});

const REPLACED = {
  'argocd.argoproj.io/sync-options': 'Force=true,Replace=true',
  'kustomize.toolkit.fluxcd.io/force': 'enabled',
};

/** Of each kind of object, whether it asks to be replaced. */
function replaced(props: Props): { [kind: string]: boolean[] } {
  const chart = new Chart(new App(), 'test');
  new RedisWorkQueueJob(chart, 'fruit', { queueName: 'q', ...props } as RedisWorkQueueJobProps);
  const kinds: { [kind: string]: boolean[] } = {};
  for (const { kind, metadata } of chart.toJson()) {
    const annotations = metadata.annotations ?? {};
    const all = Object.entries(REPLACED).every(([key, value]) => annotations[key] === value);
    if (!all) expect(Object.keys(annotations)).toEqual([]);
    kinds[kind] = [...new Set([...(kinds[kind] ?? []), all])];
  }
  return kinds;
}

test.each([
  ['items', { image: 'worker', items: ['a'] }],
  ['a filler', { image: 'worker', filler: { image: 'filler' } }],
  ['entries', { entry: ENTRY, filler: { entry: ENTRY } }],
])('under a fixed name the Jobs, and nothing that holds data, ask to be replaced: %s', (_, props) => {
  const never = { ConfigMap: [false], Pod: [false], Service: [false], NetworkPolicy: [false] };
  expect(replaced({ ...props, jobName: 'fruit' })).toEqual({ ...never, Job: [true] });
  expect(replaced(props)).toEqual({ ...never, Job: [false] });
});

test('a FillJob, whose name is given, asks to be replaced', () => {
  const chart = new Chart(new App(), 'test');
  const redis = RedisStore.external(chart, 'redis', { host: 'redis' });
  const { job } = new FillJob(chart, 'fill', { name: 'fill', queueName: 'q', items: ['a'], redis });
  expect(job.toJson().metadata).toMatchObject({ name: 'fill', annotations: REPLACED });
});

test('finished Jobs go after a week, unless the chart says when', () => {
  const ttl = (more: Props = {}) => {
    const { worker, fill } = synth(() => image(more));
    return [worker, fill].map((job) => job?.toJson().spec.ttlSecondsAfterFinished);
  };
  expect(ttl()).toEqual([604_800, 604_800]);
  expect(ttl({ ttlAfterFinished: Duration.hours(1) })).toEqual([3600, 3600]);
});

test('without the code of an entry, the manifests of changed code are the same, names of Jobs included', () => {
  const redacted = (entry: string, more: Props = {}) => {
    const chart = new Chart(new App(), 'test');
    new RedisWorkQueueJob(chart, 'fruit', { queueName: 'q', entry, ...more });
    return EntryBundle.redact(chart.toJson());
  };
  expect(redacted(ENTRY, { items: ['a'] })).toEqual(redacted(OTHER_ENTRY, { items: ['a'] }));
  expect(redacted(ENTRY)).not.toEqual(redacted(ENTRY, { items: ['a'] }));
});
