import { type Chart, Duration, Size, Testing } from 'cdk8s';
import { MODELS } from '../../test/manifest-models';
import {
  type AgentProps,
  CompletionMode,
  Cpu,
  EntryBundle,
  InvalidPropError,
  RedisStore,
  RedisWorkQueueCronJob,
  RedisWorkQueueDeployment,
  RedisWorkQueueJob,
  type RedisWorkQueueJobProps,
  SpotNodes,
  type WorkerProps,
} from '..';
import { podFailurePolicy } from '../pod';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;
type Props = Partial<RedisWorkQueueJobProps>;

const NAMES = { queueName: 'fruit', image: 'registry.example/fruit-bash:1' };

function synth(props: Props = {}, of: Chart = Testing.chart()): Manifest[] {
  new RedisWorkQueueJob(of, 'fruit', { ...NAMES, jobName: 'fruit', agent: true, ...props });
  return Testing.synth(of);
}

const named = (objects: Manifest[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);
const jobOf = (props: Props = {}, of?: Chart) => named(synth(props, of), 'Job', 'fruit').spec;
const podOf = (props: Props = {}, of?: Chart) => jobOf(props, of).template.spec;
const namesOf = (list: Manifest[]) => list.map(({ name }) => name);
const variablesOf = ({ env }: Manifest) => Object.fromEntries(env.map(({ name, ...from }: Manifest) => [name, from]));
/** The container of the program, and that of the agent. */
const containersOf = ({ initContainers, containers }: Manifest) => ({
  program: initContainers.at(-1),
  agent: containers[0],
});

test('the program is the last sidecar, and the agent the one container, whose exit code is that of the pod', () => {
  const own = { initContainers: [{ name: 'model', image: 'model' }], sidecars: [{ name: 'proxy', image: 'proxy' }] };
  const pod = podOf({ ...own, items: ['a'] });
  expect(namesOf(pod.initContainers)).toEqual(['proxy', 'gate', 'model', 'worker']);
  expect(namesOf(pod.containers)).toEqual(['agent']);
  const { program, agent } = containersOf(pod);
  expect([program.image, program.restartPolicy]).toEqual([NAMES.image, 'Always']);
  expect([agent.image, agent.restartPolicy]).toEqual(['node:24-alpine', undefined]);
  expect(agent.command).toEqual(['node', '/opt/work-queue/unpack.mjs']);
});

test('the program gets the way to its agent, its queue and its name, and nothing of the store', () => {
  const of = Testing.chart();
  const redis = RedisStore.external(of, 'redis', {
    host: 'redis.example.com',
    tls: true,
    password: { secret: { name: 's' }, key: 'password' },
    certificateAuthorities: { secret: { name: 'ca' }, key: 'ca.crt' },
  });
  const { program, agent } = containersOf(podOf({ redis, env: { BUCKET: 'fruit' }, concurrency: 8 }, of));
  expect(variablesOf(program)).toEqual({
    WORK_QUEUE_NAME: { value: 'fruit' },
    WORK_QUEUE_WORKER: { valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    WORK_QUEUE_AGENT: { value: 'http://127.0.0.1:7440' },
    WORK_QUEUE_AGENT_SOCKET: { value: '/run/work-queue/agent.sock' },
    BUCKET: { value: 'fruit' },
  });
  expect(program.volumeMounts).toEqual([{ name: 'work-queue-socket', mountPath: '/run/work-queue' }]);
  expect(variablesOf(agent)).toEqual({
    REDIS_URL: { value: 'rediss://redis.example.com:6379' },
    REDIS_PASSWORD: { valueFrom: { secretKeyRef: { name: 's', key: 'password' } } },
    REDIS_CA_FILE: { value: '/etc/redis-ca/ca.pem' },
    WORK_QUEUE_NAME: { value: 'fruit' },
    WORK_QUEUE_RUN: expect.anything(),
    WORK_QUEUE_WORKER: expect.anything(),
    WORK_QUEUE_CONCURRENCY: { value: '8' },
    WORK_QUEUE_LEAVE_FROM_INDEX: { value: '1' },
    WORK_QUEUE_AGENT_LISTEN: { value: '127.0.0.1:7440' },
    WORK_QUEUE_AGENT_SOCKET: { value: '/run/work-queue/agent.sock' },
    WORK_QUEUE_AGENT_PROCESSES: { value: 'shared' },
  });
  expect(namesOf(agent.volumeMounts)).toEqual(['redis-ca', 'work-queue', 'work-queue-socket']);
  expect(agent).not.toHaveProperty('ports');
});

test('each prop of the agent is in its place', () => {
  const all: Required<AgentProps> = {
    agent: true,
    agentImage: 'registry.example/node:24',
    agentPort: 7441,
    agentPatience: Duration.minutes(1),
    shareProcesses: false,
    agentResources: { cpu: { limit: Cpu.millis(500) }, ephemeralStorage: { limit: Size.gibibytes(1) } },
  };
  const pod = podOf({ ...all, itemTimeout: Duration.minutes(1) });
  const { program, agent } = containersOf(pod);
  expect(pod).not.toHaveProperty('shareProcessNamespace');
  expect(variablesOf(program).WORK_QUEUE_AGENT).toEqual({ value: 'http://127.0.0.1:7441' });
  expect(variablesOf(agent)).toMatchObject({
    WORK_QUEUE_AGENT_LISTEN: { value: '127.0.0.1:7441' },
    WORK_QUEUE_AGENT_PATIENCE_MS: { value: '60000' },
  });
  expect(variablesOf(agent)).not.toHaveProperty('WORK_QUEUE_AGENT_PROCESSES');
  expect(agent.image).toBe('registry.example/node:24');
  expect(agent.resources).toEqual({
    requests: { cpu: '50m', memory: '96Mi' },
    limits: { cpu: '500m', memory: '256Mi', 'ephemeral-storage': '1Gi' },
  });
  expect(podOf().shareProcessNamespace).toBe(true);
});

test.each([
  [undefined, { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } }],
  [{ memory: { request: Size.gibibytes(1) } }, { requests: { cpu: '50m', memory: '1Gi' } }],
  [{ memory: { limit: Size.mebibytes(64) } }, { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '64Mi' } }],
])('of resources %j Kubernetes takes what comes of them', (agentResources, resources) => {
  expect(containersOf(podOf({ agentResources })).agent.resources).toEqual(resources);
});

test('what the user says of a container is said of the program', () => {
  const of = {
    command: ['bash'],
    args: ['worker.sh'],
    envFrom: [{ secretRef: { name: 's' } }],
    imagePullPolicy: 'Never',
    resources: { memory: { limit: Size.gibibytes(1) } },
    lifecycle: { preStop: { sleep: { seconds: 1 } } },
    securityContext: { runAsUser: 7 },
    readOnlyRootFilesystem: true,
    volumeMounts: [{ mountPath: '/cache', volume: { name: 'cache', emptyDir: {} } }],
  };
  const pod = podOf(of);
  const { program, agent } = containersOf(pod);
  const { command, args, envFrom, imagePullPolicy, lifecycle } = of;
  expect(program).toMatchObject({ command, args, envFrom, imagePullPolicy, lifecycle });
  expect(program.resources.limits).toEqual({ memory: '1Gi' });
  expect(program.securityContext).toMatchObject({ runAsUser: 7, readOnlyRootFilesystem: true });
  expect(namesOf(program.volumeMounts)).toEqual(['work-queue-socket', 'cache']);
  const plain = containersOf(podOf()).agent;
  const { volumeMounts, ...same } = agent;
  expect(same).toEqual({ ...plain, volumeMounts: undefined });
  expect(volumeMounts).toEqual(plain.volumeMounts);
  expect(namesOf(pod.volumes)).toEqual(['work-queue', 'work-queue-socket', 'cache']);
});

test('the policy of failed pods judges the agent by its code, and the program by none', () => {
  const { podFailurePolicy: policy } = jobOf({ items: ['a'] });
  expect(policy).toEqual(podFailurePolicy('agent', 'gate'));
  expect(policy.rules[0]).toEqual({
    action: 'Ignore',
    onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }],
  });
  const judged = policy.rules.slice(1).map(({ action, onExitCodes }: Manifest) => [action, onExitCodes.containerName]);
  expect(judged).toEqual([
    ['FailJob', 'agent'],
    ['FailJob', 'gate'],
    ['Ignore', 'agent'],
    ['Ignore', 'gate'],
  ]);
  expect(policy.rules[1].onExitCodes.values).toEqual([80, 81, 82, 83]);
});

test('kubectl shows the program where nobody names a container, unless the chart says another one', () => {
  const key = 'kubectl.kubernetes.io/default-container';
  const annotations = (props?: Props) => jobOf(props).template.metadata.annotations;
  expect(annotations()).toEqual({ [key]: 'worker' });
  expect(annotations({ podAnnotations: { [key]: 'agent', note: 'a' }, evictable: false })).toMatchObject({
    [key]: 'agent',
    note: 'a',
    'karpenter.sh/do-not-disrupt': 'true',
  });
  expect(annotations({ agent: false })).toBeUndefined();
});

test('workers have indexes, as those of an entry do, and no gate where nothing fills the queue', () => {
  expect(jobOf()).toMatchObject({ completionMode: CompletionMode.INDEXED });
  expect(jobOf({ completionMode: CompletionMode.NON_INDEXED })).not.toHaveProperty('completionMode');
  expect(namesOf(podOf().initContainers)).toEqual(['worker']);
  expect(namesOf(podOf({ gate: true }).initContainers)).toEqual(['gate', 'worker']);
});

test('the program of the agent lies in ConfigMaps, is redacted in snapshots, and gives Jobs another name where it changes', () => {
  const of = Testing.chart();
  const { bundle } = new RedisWorkQueueJob(of, 'fruit', { ...NAMES, agent: true });
  const objects = Testing.synth(of);
  const parts = objects.filter(({ kind, binaryData }) => kind === 'ConfigMap' && binaryData);
  expect(parts.map(({ metadata }) => metadata.name)).toEqual(bundle?.parts.map(({ name }) => name));
  for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(250_000);
  const [job] = objects.filter(({ kind }) => kind === 'Job');
  expect(JSON.stringify(job.spec.template)).toContain(bundle?.hash);
  // The version of the application is that of its image.
  expect(job.spec.template.metadata.labels).not.toHaveProperty('app.kubernetes.io/version');
  const redacted = EntryBundle.redact(objects);
  expect(JSON.stringify(redacted)).not.toContain(bundle?.hash);
  expect(redacted.find(({ kind }) => kind === 'Job').metadata.name).toMatch(/^test-fruit-[0-9a-f]{8}-<hash>$/);
});

function everyKind(more: Partial<WorkerProps> = {}): Record<string, Manifest> {
  const of = Testing.chart();
  const redis = RedisStore.external(of, 'redis', { host: 'redis.example.com' });
  const props = { ...NAMES, redis, agent: true, ...more };
  new RedisWorkQueueJob(of, 'job', { ...props, items: ['a'], kueue: { localQueue: 'batch' }, egressPolicy: true });
  new RedisWorkQueueCronJob(of, 'cron', { ...props, queueName: 'nightly', schedule: '@daily', filler: { image: 'f' } });
  new RedisWorkQueueDeployment(of, 'stream', { ...props, queueName: 'stream' });
  const objects = Testing.synth(of);
  for (const object of objects) {
    const model = MODELS[object.kind] as (typeof MODELS)[string] | undefined;
    if (model) new model(object).validate();
  }
  const workloads = objects.filter(({ kind, metadata }) => /Job|Deployment/.test(kind) && !/fill/.test(metadata.name));
  return Object.fromEntries(workloads.map(({ kind, spec }) => [kind, (spec.jobTemplate?.spec ?? spec).template.spec]));
}

test('a Job, a CronJob and a Deployment run the same, as Kubernetes and Pod Security "restricted" take it', () => {
  const pods = everyKind({ spot: SpotNodes.AKS });
  expect(Object.keys(pods).sort()).toEqual(['CronJob', 'Deployment', 'Job']);
  for (const pod of Object.values(pods)) {
    const { program, agent } = containersOf(pod);
    expect([program.name, agent.name, pod.shareProcessNamespace]).toEqual(['worker', 'agent', true]);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const { securityContext, resources } of [...pod.initContainers, ...pod.containers]) {
      expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
      expect(resources.requests).toMatchObject({ cpu: expect.anything(), memory: expect.anything() });
    }
    expect(agent.securityContext.readOnlyRootFilesystem).toBe(true);
    expect([program, agent].flatMap((each) => Object.keys(each)).filter((field) => /Probe$/.test(field))).toEqual([]);
  }
});

test('in a run of a CronJob, the program knows the queue of its run', () => {
  const { program } = containersOf(everyKind().CronJob);
  expect(program.env.slice(0, 2)).toEqual([
    {
      name: 'WORK_QUEUE_JOB',
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
    },
    { name: 'WORK_QUEUE_NAME', value: 'nightly-$(WORK_QUEUE_JOB)' },
  ]);
});

test.each<[Props, RegExp]>([
  [{ image: undefined, entry: './worker.ts' } as never, /: agent is true\. An `entry` runs on the runtime itself/],
  [{ run: ['a'] }, /: agent is true\. `run` starts a process for each item/],
  [
    { shareProcesses: false },
    /: shareProcesses is false\. Then only its silence tells .*itemTimeout: Duration\.minutes\(10\)/,
  ],
  [{ shareProcesses: false, itemTimeout: Duration.seconds(0) }, /: shareProcesses is false\./],
  [
    { sidecars: [{ name: 'agent', image: 'a' }] },
    /: sidecars\[0\]\.name is "agent"\. The construct uses it, with `agent: true`/,
  ],
  [
    { volumeMounts: [{ mountPath: '/run/work-queue/', volume: { name: 'a', emptyDir: {} } }] },
    /: volumeMounts\[0\]\.mountPath is "\/run\/work-queue\/"\. It is the path of the socket of the agent too/,
  ],
  [
    { volumeMounts: [{ mountPath: '/a', volume: { name: 'work-queue', emptyDir: {} } }] },
    /volume\.name is "work-queue"\. The construct uses it/,
  ],
])('%j is refused', (props, message) => {
  expect(() => synth(props)).toThrow(message);
  expect(() => synth(props)).toThrow(InvalidPropError);
});

test('without an agent, a sidecar may be called so', () => {
  expect(
    namesOf(podOf({ agent: false, gate: false, sidecars: [{ name: 'agent', image: 'a' }] }).initContainers),
  ).toEqual(['agent']);
});
