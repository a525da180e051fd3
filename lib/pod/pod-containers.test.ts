import { type Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { type PodContainer, RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '..';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;

/** The specs of the Jobs of a chart, by the names of the Jobs. */
function synth(props: Partial<RedisWorkQueueJobProps> = {}, of: Chart = Testing.chart()): Record<string, Manifest> {
  const first = new RedisWorkQueueJob(of, 'first', { queueName: 'first', image: 'worker', jobName: 'first' });
  const names = { queueName: 'q', jobName: 'it', redis: first.redis };
  new RedisWorkQueueJob(of, 'it', { ...names, image: 'worker', after: [first], ...props });
  const jobs = Testing.synth(of).filter(({ kind }) => kind === 'Job');
  return Object.fromEntries(jobs.map(({ metadata, spec }) => [metadata.name, spec]));
}

const podOf = (props: Partial<RedisWorkQueueJobProps>, of?: Chart) => synth(props, of).it.template.spec;
const workerOf = (props: Partial<RedisWorkQueueJobProps>, of?: Chart) => podOf(props, of).containers[0];
const namesOf = (containers: Manifest[]) => containers.map(({ name }) => name);

const container = (name: string, more: Partial<PodContainer> = {}): PodContainer => ({ name, image: name, ...more });
const AROUND = { initContainers: [container('one'), container('two')], sidecars: [container('proxy')] };

test('sidecars come first, as the network may be theirs, and init containers last, when there is something to do', () => {
  const { initContainers, containers } = podOf({ ...AROUND, items: ['a'] });
  expect(namesOf(initContainers)).toEqual(['proxy', 'after-1', 'gate', 'one', 'two']);
  expect(namesOf(containers)).toEqual(['worker']);
});

test('so they do around a filler, whose pod ends with the seal', () => {
  const { initContainers, containers } = synth({ filler: { image: 'filler', ...AROUND } })['it-fill'].template.spec;
  expect(namesOf(initContainers)).toEqual(['proxy', 'after-1', 'one', 'two', 'fill']);
  expect(namesOf(containers)).toEqual(['seal']);
});

test('only a sidecar goes on running', () => {
  const goesOn = podOf(AROUND).initContainers.filter(({ restartPolicy }: Manifest) => restartPolicy !== undefined);
  expect(goesOn.map(({ name, restartPolicy }: Manifest) => [name, restartPolicy])).toEqual([['proxy', 'Always']]);
});

test('how a sidecar or an init container ends decides nothing: the policy of failed pods is the same', () => {
  const policies = (around: object) => {
    const { it, 'it-fill': fill } = synth({ ...around, filler: { image: 'filler', ...around } });
    return [it.podFailurePolicy, fill.podFailurePolicy];
  };
  expect(policies(AROUND)).toEqual(policies({}));
});

test('a container of a pod has what it is given, and of the pod what Pod Security "restricted" asks for', () => {
  const probe = { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 };
  const given: Required<PodContainer> = {
    name: 'proxy',
    image: 'proxy:1',
    imagePullPolicy: 'Always',
    command: ['proxy'],
    args: ['--verbose'],
    workingDir: '/srv',
    env: { REDIS_URL: 'redis://its-own', LEVEL: 3 },
    envFrom: [{ secretRef: { name: 'proxy' } }],
    resources: { extended: { 'example.com/nic': 1 } },
    volumeMounts: [{ mountPath: '/a', volume: { name: 'a', emptyDir: {} } }],
    ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
    lifecycle: { preStop: { exec: { command: ['drain'] } } },
    startupProbe: probe,
    readinessProbe: probe,
    livenessProbe: probe,
    securityContext: { runAsUser: 65532 },
  };
  const { name, image, imagePullPolicy, command, args, workingDir, envFrom, ports, lifecycle } = given;
  expect(podOf({ sidecars: [given] }).initContainers[0]).toEqual({
    ...{ name, image, imagePullPolicy, command, args, workingDir, envFrom, ports, lifecycle },
    ...{ startupProbe: probe, readinessProbe: probe, livenessProbe: probe },
    env: [
      { name: 'REDIS_URL', value: 'redis://its-own' },
      { name: 'LEVEL', value: '3' },
    ],
    resources: {
      requests: { cpu: '100m', memory: '128Mi', 'example.com/nic': '1' },
      limits: { 'example.com/nic': '1' },
    },
    volumeMounts: [{ name: 'a', mountPath: '/a' }],
    restartPolicy: 'Always',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsUser: 65532 },
    terminationMessagePolicy: 'FallbackToLogsOnError',
  });
});

test('containers of a pod share a volume by its name', () => {
  const of = Testing.chart();
  const volume = kplus.Volume.fromEmptyDir(of, 'models', 'models');
  const { initContainers, containers, volumes } = podOf(
    {
      gate: false,
      volumeMounts: [{ mountPath: '/models', volume, readOnly: true, mountPropagation: 'None' }],
      initContainers: [container('fetch', { volumeMounts: [{ mountPath: '/to', volume, subPath: 'a' }] })],
      sidecars: [container('proxy', { volumeMounts: [{ mountPath: '/own', volume: { name: 'own', emptyDir: {} } }] })],
    },
    of,
  );
  expect(containers[0].volumeMounts).toEqual([
    { name: 'models', mountPath: '/models', readOnly: true, mountPropagation: 'None' },
  ]);
  expect(initContainers.find(({ name }: Manifest) => name === 'fetch').volumeMounts).toEqual([
    { name: 'models', mountPath: '/to', subPath: 'a' },
  ]);
  expect(namesOf(volumes)).toEqual(['after', 'models', 'own']);
});

test('another volume of the same name is refused, in whatever container it is', () => {
  const mount = (volume: object) => [{ mountPath: '/a', volume: { name: 'a', ...volume } }];
  const other = { secret: { secretName: 'a' } };
  const props = (more: object) => ({ volumeMounts: mount({ emptyDir: {} }), ...more });
  expect(() => synth(props({ sidecars: [container('proxy', { volumeMounts: mount(other) })] }))).toThrow(
    /: sidecars\[0\]\.volumeMounts\[0\]\.volume\.name is "a"\. Another volume has that name/,
  );
  const filler = { image: 'filler', ...props({ initContainers: [container('one', { volumeMounts: mount(other) })] }) };
  expect(() => synth({ filler })).toThrow(/: filler\.initContainers\[0\]\.volumeMounts\[0\]\.volume\.name is "a"/);
});

test('a name that an init container has is none for a sidecar', () => {
  expect(() => synth({ initContainers: [container('a')], sidecars: [container('a')] })).toThrow(
    /sidecars\[0\]\.name is "a"\. It must be unique in the pod, and initContainers\[0\] has it/,
  );
});

test('a variable is text, a number or a flag, as in an EnvValue', () => {
  const values = { A: 'a $(B)', B: 2, C: true, D: '' };
  const made = Object.entries(values).map(([name, value]) => [name, kplus.EnvValue.fromValue(String(value))] as const);
  const env = (given: RedisWorkQueueJobProps['env']) => workerOf({ env: given }).env.slice(-4);
  expect(env(values)).toEqual([
    { name: 'A', value: 'a $(B)' },
    { name: 'B', value: '2' },
    { name: 'C', value: 'true' },
    { name: 'D', value: '' },
  ]);
  expect(env(Object.fromEntries(made))).toEqual(env(values));
});

test('a source of variables of cdk8s-plus is as good as one of Kubernetes', () => {
  const of = Testing.chart();
  const envFrom = [
    kplus.Env.fromConfigMap(kplus.ConfigMap.fromConfigMapName(of, 'settings', 'settings'), 'APP_'),
    kplus.Env.fromSecret(kplus.Secret.fromSecretName(of, 'credentials', 'credentials')),
  ];
  const plain = [
    { configMapRef: { name: 'settings' }, prefix: 'APP_' },
    { secretRef: { name: 'credentials', optional: true } },
  ];
  expect(workerOf({ envFrom }, of).envFrom).toEqual([plain[0], { secretRef: { name: 'credentials' } }]);
  expect(workerOf({ envFrom: plain }).envFrom).toEqual(plain);
});

describe('a security context', () => {
  const context = (props: Partial<RedisWorkQueueJobProps>) => workerOf(props).securityContext;

  test('is put over that of Pod Security "restricted", and capabilities are added to none', () => {
    const securityContext = { runAsGroup: 7, capabilities: { add: ['NET_BIND_SERVICE'] } };
    expect(context({ securityContext })).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      runAsGroup: 7,
    });
    expect(context({ securityContext: { capabilities: { drop: [] } } }).capabilities.drop ?? []).toEqual([]);
  });

  test.each([{ privileged: true }, { capabilities: { add: ['SYS_ADMIN'] } }])(
    'beside %j, privileges may be gained, as Kubernetes wants it',
    (securityContext) => {
      expect(context({ securityContext })).not.toHaveProperty('allowPrivilegeEscalation');
    },
  );

  test('has the last word on the root file system, unless the prop says otherwise', () => {
    const entry = { queueName: 'job2', image: undefined, entry: './examples/walkthrough/worker.ts' } as never;
    const securityContext = { readOnlyRootFilesystem: false };
    expect(context({ ...(entry as object), securityContext }).readOnlyRootFilesystem).toBe(false);
    expect(() => synth({ readOnlyRootFilesystem: true, securityContext })).toThrow(
      /securityContext\.readOnlyRootFilesystem is false\. `readOnlyRootFilesystem` is true\. Remove one of them/,
    );
  });
});

test.each<[string, Partial<RedisWorkQueueJobProps>, RegExp]>([
  [
    'the worker',
    { securityContext: { runAsUser: 7 } },
    /: securityContext\.runAsUser is 7\. `idsFromNamespace` leaves it/,
  ],
  [
    'a sidecar',
    { sidecars: [container('a', { securityContext: { runAsGroup: 7 } })] },
    /: sidecars\[0\]\.securityContext\.runAsGroup is 7\./,
  ],
  [
    'an init container of the filler',
    { filler: { image: 'f', initContainers: [container('a', { securityContext: { runAsUser: 7 } })] } },
    /: filler\.initContainers\[0\]\.securityContext\.runAsUser is 7\./,
  ],
])('where the namespace gives ids, one of %s is refused', (_, props, message) => {
  expect(() => synth({ ...props, idsFromNamespace: true })).toThrow(message);
  expect(() => synth(props)).not.toThrow();
  const ofStore = (more: object = {}) => {
    const of = Testing.chart();
    const redis = RedisStore.pod(of, 'redis', { idsFromNamespace: true });
    return new RedisWorkQueueJob(of, 'it', { queueName: 'q', image: 'worker', redis, ...props, ...more });
  };
  expect(ofStore).toThrow(message);
  expect(() => ofStore({ user: 7 })).not.toThrow();
});
