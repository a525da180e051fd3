import { App, Chart, Duration, Lazy, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { z } from 'zod';
import {
  CompletionMode,
  type ContainerPort,
  type ContainerResources,
  type DeploymentStrategy,
  type EgressProps,
  type FillJobProps,
  type HorizontalPodAutoscalerProps,
  IdleWorkers,
  type KueueProps,
  type KueueQueueProps,
  type PersistentRedisProps,
  type PodContainer,
  type PodDisruptionBudgetProps,
  type PodProps,
  type QueueFiller,
  type Rate,
  type RedisPodProps,
  RedisStore,
  type RedisWorkQueueDeploymentProps,
  type RedisWorkQueueJobProps,
  type ReplicatedRedisProps,
  type RollingUpdate,
  RunInput,
  type ScaledObjectProps,
  ServiceDiscovery,
  type Toleration,
  type VolumeMount,
} from '../../lib';
import { WORKERS, type WorkerProps } from '../../lib/workers';
import { defineQueue } from '../../worker/queue';
import type { Wrong } from './wrong';
import { FURTHER_POD_ROWS, JOB_METADATA_ROWS } from './wrong-pods';
import { VOLUME_ROWS } from './wrong-volumes';

// What JavaScript, YAML and `as any` let through. A prop without rows here does not compile.

const chart = new Chart(new App(), 'test');
const emptyDir = kplus.Volume.fromEmptyDir(chart, 'volume', 'cache');
export const secret = kplus.Secret.fromSecretName(chart, 'secret', 'credentials');
export const configMap = kplus.ConfigMap.fromConfigMapName(chart, 'map', 'map');
export const store = RedisStore.external(chart, 'store', { host: 'redis.example.com' });
const env = (value: unknown) => ({ A: value });
export const mount = (props: object) => [{ mountPath: '/cache', volume: emptyDir, ...props }];

export const IMAGE: [unknown, RegExp][] = [
  ['', /is ""\. It must name a container image/],
  ['a b', /is "a b"/],
  ['https://registry.example/worker:1', /without a scheme: "registry\.example/],
  [['worker'], /is \[ 'worker' \]/],
  [{ repository: 'worker' }, /repository: 'worker'/],
  [7, /is 7/],
];
const FILE: [unknown, RegExp][] = [
  [new URL('file:///worker.ts'), /fileURLToPath\(url\)/],
  [new URL('https://example.com/worker.ts'), /It must name a TypeScript or JavaScript file/],
  [['./worker.ts'], /It must name a TypeScript or JavaScript file: "\.\/worker\.ts"/],
  ['a\0b', /It must name a TypeScript/],
];
const COMMAND: [unknown, RegExp][] = [
  ['node x', /is "node x"\. It must be an array of strings, a word each: \["node", "worker\.js"\]/],
  [['node', 8], /command\[1\] is 8\. It must be a string: in quotes/],
  // biome-ignore lint/suspicious/noSparseArray: that is the point
  [['node', , 'x'], /command\[1\] is undefined\. The array has a hole there/],
  [[''], /command\[0\] is ""\. It must be the program/],
  [new Set(['node']), /Spread what you have: \[\.\.\.values\]/],
];
const ARGS: [unknown, RegExp][] = [
  ['--verbose', /args is "--verbose"\. It must be an array of strings/],
  [[true], /args\[0\] is true/],
  [['a\0b'], /without NUL/],
  [[null], /args\[0\] is null/],
];
const ENV: [unknown, RegExp][] = [
  [[{ name: 'A', value: 'x' }], /It must be an object of variables by name/],
  [new Map([['A', kplus.EnvValue.fromValue('x')]]), /It must be an object of variables by name/],
  ['A=x', /is "A=x"/],
  [
    env({}),
    /env\.A is \{\}\. It must be text, a number, true or false, or a kplus\.EnvValue: kplus\.EnvValue\.fromSec/,
  ],
  [env(undefined), /env\.A is undefined/],
  [env({ secret, key: 'token' }), /kplus\.EnvValue\.fromSecretValue\(\{ secret, key \}\)/],
  [env({ name: 'A', value: 'x' }), /or a kplus\.EnvValue/],
  [env(['x']), /env\.A is \[ 'x' \]\. It must be text/],
  [env('a\0b'), /env\.A is .*It must be text/],
  [env({ valueFrom: { secretRef: { name: 'a' } } }), /secretRef.*or a kplus\.EnvValue/],
  [env({ valueFrom: { secretKeyRef: { name: 'a' } } }), /fromSecretValue/],
  [env({ value: 'a', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }), /fieldPath/],
  [
    env({ secretKeyRef: { name: 'a', key: 'b' } }),
    /env\.A is .*It is under `valueFrom`: \{ valueFrom: \{ secretKeyRef/,
  ],
  [env({ fieldRef: { fieldPath: 'metadata.name' } }), /It is under `valueFrom`: \{ valueFrom: \{ fieldRef/],
  [
    env({ valueFrom: { fieldRef: { fieldPath: 'metadata.podName' } } }),
    /fieldPath is "metadata\.podName"\. It must be "met/,
  ],
  [env({ valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }), /"metadata\.labels\['team'\]"/],
  [env({ valueFrom: { resourceFieldRef: { resource: 'memory' } } }), /resource is "memory"\. .*"limits\.memory"/],
  [
    env({ valueFrom: { secretKeyRef: { name: 'A b', key: 'c' } } }),
    /secretKeyRef\.name is "[^"]+"\. It must be at most 253/,
  ],
  [env({ valueFrom: { configMapKeyRef: { name: 'a', key: 'b/c' } } }), /key is "b\/c"\. It must be letters/],
  [
    env({ valueFrom: { configMapKeyRef: { name: 'a', key: 'b', optional: 'true' } } }),
    /optional is "true"\. .*without quotes/,
  ],
  [{ '..': 'x' }, /a name in (filler\.|sidecars\[0\]\.)?env is "\.\."/],
  [env({ value: { a: 1 } }), /env\.A is \{ a: 1 \}\. A variable is text/],
  [env({ value: Number.NaN }), /env\.A is NaN\. A variable is text/],
  [env(kplus.EnvValue.fromValue(Lazy.any({ produce: () => 'x' }))), /env\.A is "a Lazy value"/],
  [{ '1A': kplus.EnvValue.fromValue('x') }, /a name in (filler\.|sidecars\[0\]\.)?env is "1A"/],
  [{ REDIS_URL: kplus.EnvValue.fromValue('x') }, /The construct sets it/],
  [{ JOB_COMPLETION_INDEX: kplus.EnvValue.fromValue('0') }, /The construct sets it, or Kubernetes does/],
];
const DURATION: [unknown, RegExp][] = [
  [30, /is 30\. It must be a Duration: Duration\.seconds\(30\), from 'cdk8s'/],
  ['30s', /is "30s"\. It must be a Duration: Duration\.seconds\(30\)/],
  [{ seconds: 30 }, /Duration\.seconds\(30\)/],
  [Size.mebibytes(30), /is "30Mi"\. It must be a Duration/],
  [Duration.seconds(Number.NaN), /is "NaN ms"/],
  [Duration.seconds(Number.POSITIVE_INFINITY), /is "Infinity ms"/],
];
const SECONDS: [unknown, RegExp][] = [...DURATION, [Duration.millis(1500), /is "1500 ms"\. It must be whole seconds/]];
const MILLISECONDS: [unknown, RegExp][] = [...DURATION, [Duration.millis(1.5), /is "1\.5 ms"\. .*whole milliseconds/]];
const SIZE: [unknown, RegExp][] = [
  [512, /is 512\. It must be a Size: Size\.mebibytes\(512\), from 'cdk8s'/],
  ['512Mi', /is "512Mi"\. It must be a Size: Size\.mebibytes\(512\)/],
  [Duration.seconds(1), /It must be a Size/],
  [Size.mebibytes(Number.NaN), /is "NaNMi"/],
  [Size.mebibytes(Number.POSITIVE_INFINITY), /is "InfinityMi"\. It must be less than/],
  [Size.kibibytes(1), /is "1Ki"/],
];
export const WHOLE: [unknown, RegExp][] = [
  ['1', /is "1"\. It must be a whole number from \d+ to \d+, without quotes/],
  [1n, /is 1n\. It must be a whole number/],
  [Number.NaN, /is NaN/],
  [Number.POSITIVE_INFINITY, /is Infinity/],
  [-1, /is -1/],
  [1.5, /is 1\.5/],
  [[1], /is \[ 1 \]/],
  [true, /is true/],
];
const LOG_FORMAT: [unknown, RegExp][] = [
  ['JSON', /logFormat is "JSON"\. It must be LogFormat\.JSON or LogFormat\.TEXT\.$/],
  ['pretty', /logFormat is "pretty"/],
  [true, /logFormat is true/],
];

export const FLAG: [unknown, RegExp][] = [
  ['false', /is "false"\. It must be true or false, without quotes/],
  [0, /is 0\. It must be true or false\./],
  [{}, /is \{\}\. It must be true or false/],
];
const LABELS: [unknown, RegExp][] = [
  ['team=fruit', /is "team=fruit"\. It must be an object of strings by name/],
  [['team'], /It must be an object of strings by name/],
  [new Map([['team', 'fruit']]), /It must be an object of strings by name/],
  [{ team: 1 }, /\["team"\] is 1\. It must be a string/],
  [{ team: undefined }, /\["team"\] is undefined/],
  [{ 'a b': 'c' }, /a key of [\w.]+ is "a b"/],
  [JSON.parse('{"__proto__":"a b"}'), /a key of [\w.]+ is "__proto__"/],
];
const TOLERATIONS: [unknown, RegExp][] = [
  [{ key: 'gpu', operator: 'Exists' }, /It must be an array of tolerations: \[\{ key: "gpu"/],
  ['gpu', /It must be an array of tolerations/],
  [['gpu'], /tolerations\[0\] is "gpu"\. It must be an object: \{ key: "gpu"/],
  [
    [{ operator: 'Exists', effect: 'NoExecute', tolerationPeriod: Duration.seconds(30) }],
    /tolerations\[0\]\.tolerationPeriod is "30 seconds"\. .*tolerationSeconds: 30/,
  ],
];
export const PULL_SECRETS: [unknown, RegExp][] = [
  [['regcred'], /imagePullSecrets\[0\] is "regcred"\. It must be a Secret: \{ name: "regcred" \}, or kplus\.Secret/],
  ['regcred', /It must be an array of Secrets: \[\{ name: "regcred" \}\]/],
  [[configMap], /imagePullSecrets\[0\] is the ConfigMap test\/map\. It must be a Secret/],
  [[{ name: 'A B' }], /It must be a Secret/],
  [[{}], /It must be a Secret/],
];
const PEERS: [unknown, RegExp][] = [
  [{ podSelector: {} }, /It must be an array of peers: \[\{ podSelector: \{ matchLabels: \{ app: "api" \} \} \}\]/],
  ['api', /It must be an array of peers/],
  [['api'], /\[0\] is "api"\. It must be an object: \{ podSelector/],
  [[{}], /\[0\] is \{\}\. It must have a podSelector, a namespaceSelector or an ipBlock/],
  [[{ matchLabels: { app: 'api' } }], /\[0\]\.matchLabels is .*They are a part of a selector/],
  [[{ podSelector: { app: 'api' } }], /\[0\]\.podSelector\.app is "api"\. .*There is matchLabels, matchExpressions/],
  [[{ podSelector: 'app=api' }], /\[0\]\.podSelector is "app=api"\. It must be an object/],
  [[{ pod_selector: {} }], /\[0\]\.pod_selector is \{\}\. .*Did you mean "podSelector"/],
  [[{ podSelector: { matchLabels: { app: 1 } } }], /matchLabels\["app"\] is 1/],
  [[{ ipBlock: '10.0.0.0/8' }], /\[0\]\.ipBlock is "10\.0\.0\.0\/8"\. It must be an object: \{ cidr/],
  [[{ ipBlock: {} }], /ipBlock\.cidr is undefined\. It must be a network: \{ cidr: "10\.0\.0\.0\/8" \}/],
  [[{ ipBlock: { cidr: '10.0.0.5' } }], /cidr is "10\.0\.0\.5"\. .*the address alone is "10\.0\.0\.5\/32"/],
  [[{ ipBlock: { cidr: 'fd00::5' } }], /the address alone is "fd00::5\/128"/],
  [[{ ipBlock: { cidr: '10.0.0.5/8' } }], /cidr is "10\.0\.0\.5\/8"\. It must be the first address of a network/],
  [[{ ipBlock: { cidr: '10.0.0.0/33' } }], /It must be the first address of a network/],
  [[{ ipBlock: { cidr: 'redis.example.com' } }], /It must be the first address of a network/],
  [
    [{ ipBlock: { cidr: '10.0.0.0/16', except: ['10.1.0.0/24'] } }],
    /except\[0\] is "10\.1\.0\.0\/24"\. It must be a part of 10\.0\.0\.0\/16, and not all of it/,
  ],
  [[{ ipBlock: { cidr: '10.0.0.0/16', except: '10.0.0.0/24' } }], /except is .*It must be an array of networks/],
  [[{ ipBlock: { cidr: '10.0.0.0/16' }, podSelector: {} }], /ipBlock is .*It is given beside a selector/],
  [[kplus.Pods.all(chart, 'pods')], /\[0\] is the construct test\/pods\. It is written as in Kubernetes/],
  [[{ podSelector: {}, ports: [1] }], /\[0\]\.ports is \[ 1 \]\. A peer has none/],
];
export const EGRESS_RULES: [unknown, RegExp][] = (
  [
    [{ to: [{ podSelector: {} }] }, /egressRules is .*It must be an array of rules: \[\{ to:/],
    ['443', /It must be an array of rules/],
    [[{}], /egressRules\[0\] is \{\}\. It allows everything, as if there were no policy/],
    [[{ to: [] }], /egressRules\[0\]\.to is \[\]\. Kubernetes takes an empty list for everything/],
    [[{ ports: [] }], /egressRules\[0\]\.ports is \[\]\. Kubernetes takes an empty list for everything/],
    [[{ ports: [443] }], /egressRules\[0\]\.ports\[0\] is 443\. It must be an object: \{ port: 443 \}/],
    [[{ ports: [{ port: '443' }] }], /ports\[0\]\.port is "443"\. .*without quotes/],
    [[{ ports: [{ port: 443, protocol: 'tcp' }] }], /protocol is "tcp"\. It must be "TCP", "UDP" or "SCTP"/],
    [[{ ports: [{ port: 443, endPort: 80 }] }], /endPort is 80\. It must not be less than `port`, 443/],
    [[{ ports: [{ endPort: 80 }] }], /ports\[0\]\.port is undefined\. It must be the first port of the range/],
    [[{ port: 443 }], /egressRules\[0\]\.port is 443\. They are a list/],
    [[{ ipBlock: { cidr: '10.0.0.0/8' } }], /egressRules\[0\]\.ipBlock is .*It is a peer: \{ to:/],
    [[{ from: [{ podSelector: {} }] }], /egressRules\[0\]\.from is .*A rule of egress has `to`/],
    ...PEERS.filter(([peers]) => Array.isArray(peers)).map(([peers, message]) => [[{ to: peers }], message]),
  ] as [unknown, RegExp][]
).map(([rules, message]) => [rules, message]);
const EGRESS_ROWS: Wrong<EgressProps> = {
  egressPolicy: [...FLAG, [[{ to: [] }], /egressPolicy is .*It must be true or false/]],
  egressRules: [[[], /egressRules is \[\]\. .*there is none: egressPolicy: true/], ...EGRESS_RULES],
};
const SERVICE_ACCOUNT: [unknown, RegExp][] = [
  [
    'worker',
    /serviceAccount is "worker"\. It must be a ServiceAccount: \{ name: "worker" \}, or kplus\.ServiceAccount/,
  ],
  [secret, /serviceAccount is the Secret test\/secret\. It must be a ServiceAccount/],
  [{ serviceAccountName: 'worker' }, /It must be a ServiceAccount/],
];
const NAME: [unknown, RegExp][] = [
  ['', /is ""/],
  ['Fruit', /is "Fruit"\. It must be at most \d+ lower-case letters/],
  ['a'.repeat(64), /"a{64}"\. It must be at most \d+/],
  [5, /is 5/],
];
const DOTTED: [unknown, RegExp][] = [
  ['High!', /is "High!"/],
  [{ name: 'high' }, /name: 'high'/],
  [1000, /is 1000/],
];
/** Those of pods, of whatever kind. */
export const POD_PROPS_ROWS: Wrong<PodProps> = {
  ...FURTHER_POD_ROWS,
  nodeSelector: LABELS,
  tolerations: TOLERATIONS,
  priorityClassName: DOTTED,
  imagePullSecrets: PULL_SECRETS,
  podLabels: [
    ...LABELS,
    [{ 'cdk8s-redis-work-queue/store': 'x' }, /a key of [\w.]+ is "cdk8s-redis-work-queue\/store"\. It is set by/],
  ],
};
const QUEUE: [unknown, RegExp][] = [
  ['', /It must name the Redis list/],
  [42, /queueName is 42/],
  [['job2'], /It must name the Redis list/],
  ['a{b}', /Use "ab"/],
  ['{}', /Braces are not allowed.* It must name the Redis list that holds the items: "job2"\.$/],
  ['{\n}', /Braces are not allowed.*"job2"\.$/],
  [`{${'x'.repeat(600)}}`, /Braces are not allowed.*"job2"\.$/],
  ['a\nb', /control characters/],
  ['x'.repeat(600), /at most 512 bytes/],
  [defineQueue({ name: 'job2' }), /It is the name alone\. Give a queue of defineQueue as `queue`\./],
];
const DEFINITION: [unknown, RegExp][] = [
  ['job2', /queue is "job2"\. It must be a queue made by defineQueue.*Its name alone is `queueName`\.$/],
  [{ name: 'job2' }, /queue is \{ name: 'job2' \}\. It must be a queue made by defineQueue/],
  [{ queueName: 'job2' }, /It must be a queue made by defineQueue/],
  [defineQueue, /It must be a queue made by defineQueue/],
  [z.object({ url: z.string() }), /It must be a queue made by defineQueue/],
  [[defineQueue({ name: 'job2' })], /It must be a queue made by defineQueue/],
  [{ thumbnails: defineQueue({ name: 'job2' }) }, /It must be a queue made by defineQueue/],
  [Promise.resolve(defineQueue({ name: 'job2' })), /A chart does not wait/],
  [{ name: '', encode: String }, /queue\.name is ""\. It must name the Redis list/],
  [{ name: 'a{b}', encode: String }, /queue\.name is "a\{b\}"\. .*Use "ab"/],
  [
    defineQueue({ name: 'job2' }),
    /queueName is "q"\. `queue` has a name of its own, and both are given\. Use one of them\./,
  ],
];
const STORE: [unknown, RegExp][] = [
  ['x', /redis is "x"\. It must be a RedisStore: RedisStore\.external\(/],
  ['redis://redis:6379', /It must be a RedisStore/],
  [{ host: 'redis', port: 6379 }, /It must be a RedisStore/],
  [RedisStore, /It must be a RedisStore/],
  [secret, /redis is the Secret test\/secret\. It must be a RedisStore/],
];
const ITEMS: [unknown, RegExp][] = [
  ['apple', /items is "apple"\. It must be an array: \["apple", "banana"\]\.$/],
  // biome-ignore lint/suspicious/noSparseArray: that is the point
  [['a', , 'b'], /items\[1\] is undefined\. The array has a hole there/],
  [[1, 2], /items\[0\] is "number"\. An item is a string\. Use JSON\.stringify/],
  [[{ url: 'x' }], /items\[0\] is "object"/],
  [[null], /items\[0\] is "null"/],
  [[undefined], /items\[0\] is "undefined"\. An item is a string: "apple"\.$/],
  [[1n], /items\[0\] is "bigint"\. An item is a string: "apple"\.$/],
  [new Set(['a']), /Spread what you have/],
  [new Map([['a', 1]]), /It must be an array: \["apple", "banana"\]\.$/],
  [Buffer.from('a'), /It must be an array: \["apple", "banana"\]\.$/],
  [{ 0: 'a', length: 1 }, /It must be an array: \["apple", "banana"\]/],
  [['\ud83c'], /half of a surrogate pair/],
];
export const SECRET_VALUE: [unknown, RegExp][] = [
  ['hunter2', /is "a literal"\. It must refer to a Secret.*It is never in a manifest/],
  [{ secret: 'credentials', key: 'password' }, /is "not a key of a Secret"/],
  [{ secret }, /It must refer to a Secret/],
  [{ secret: configMap, key: 'password' }, /It must refer to a Secret/],
  [{ secret, key: 'a b' }, /It must refer to a Secret/],
  [{ name: 'credentials', key: 'password' }, /It must refer to a Secret/],
  [secret, /It must refer to a Secret/],
];
const RESOURCES: [unknown, RegExp][] = [
  ['small', /is "small"\. It must be an object: \{ cpu:/],
  [
    { limits: { cpu: '1', memory: '1Gi' } },
    /resources\.limits is .*this prop by resource: \{ cpu: \{ request: Cpu\.millis\(500\)/,
  ],
  [{ requests: { cpu: '100m' } }, /resources\.requests is .*by resource/],
  [{ cpu: '500m' }, /resources\.cpu is "500m"\. It must be an object: \{ request: Cpu\.millis\(500\)/],
];
const CLI_RESOURCES: [unknown, RegExp][] = [
  ...RESOURCES.map(([given, message]): [unknown, RegExp] => [
    given,
    new RegExp(message.source.replace(/^resources/, '(cliR|r)esources')),
  ]),
  [{ extended: { 'nvidia.com/gpu': 1 } }, /esources\.extended is .*redis-cli has no use for devices/],
];
const AGENT_RESOURCES: [unknown, RegExp][] = [
  ...RESOURCES.map(([given, message]): [unknown, RegExp] => [
    given,
    new RegExp(message.source.replace(/^resources/, 'agentResources')),
  ]),
  [{ extended: { 'nvidia.com/gpu': 1 } }, /agentResources\.extended is .*the agent has no use for devices/],
  [{}, /agentResources is "given"\. It is for the work agent, and there is none: agent: true/],
];
const RUN: [unknown, RegExp][] = [
  ['ffmpeg -i {}', /run is "ffmpeg -i \{\}"\. It must be an array of words, one each: \["ffmpeg", "-i", "\{\}"\]/],
  [[], /run is \[\]\. It must be an array of words, one each/],
  [[''], /run\[0\] is ""\. It must be the program to run: "ffmpeg"/],
  [['ffmpeg', 8], /run\[1\] is 8\. It must be a string: in quotes/],
  [['a\0b'], /without NUL/],
];
const EXIT_CODES = (prop: string): [unknown, RegExp][] => [
  [65, new RegExp(`${prop} is 65\\. It must be an array of exit codes: \\[65, 66\\]`)],
  [[0], new RegExp(`${prop}\\[0\\] is 0\\. By 0 a command says that its item is done`)],
  [[256], new RegExp(`${prop}\\[0\\] is 256\\. It must be a whole number from 1 to 255\\.`)],
  [['65'], new RegExp(`${prop}\\[0\\] is "65"\\. .*without quotes`)],
  [[65], new RegExp(`${prop} is \\[ 65 \\]\\. It is for a command that is run for each item, and there is none`)],
];
export const PULL_POLICY: [unknown, RegExp][] = [
  ['always', /imagePullPolicy is "always"\. It must be "Always", "IfNotPresent" or "Never"/],
  [true, /imagePullPolicy is true/],
];
const ENV_FROM: [unknown, RegExp][] = [
  [{ secretRef: { name: 'a' } }, /envFrom is .*It must be an array of ConfigMaps and Secrets: \[\{ secretRef/],
  ['credentials', /It must be an array of ConfigMaps and Secrets/],
  [['credentials'], /envFrom\[0\] is "credentials"\. It must be an object: \{ secretRef/],
  [[{}], /envFrom\[0\] is \{\}\. It must be of a ConfigMap or of a Secret/],
  [
    [secret],
    /envFrom\[0\] is the Secret test\/secret\. .*secretRef: \{ name: "credentials" \} \}, or kplus\.Env\.fromSecret/,
  ],
  [[configMap], /envFrom\[0\] is the ConfigMap test\/map\. .*configMapRef: \{ name: "map" \} \}/],
  [[{ name: 'credentials' }], /envFrom\[0\]\.name is "credentials"\. It is under `configMapRef` or `secretRef`/],
  [[{ secret_ref: { name: 'a' } }], /Did you mean "secretRef"/],
  [[{ secretRef: 'credentials' }], /envFrom\[0\]\.secretRef is "credentials"\. It must be an object: \{ name/],
  [[{ secretRef: {} }], /envFrom\[0\]\.secretRef\.name is undefined/],
  [[{ secretRef: { name: 'A B' } }], /name is "A B"/],
  [[{ secretRef: { name: 'a' }, configMapRef: { name: 'b' } }], /of a ConfigMap or of a Secret/],
  [[{ secretRef: { name: 'a' }, prefix: 'a b' }], /envFrom\[0\]\.prefix is "a b"/],
  [[{ secretRef: { name: 'a', key: 'b' } }], /envFrom\[0\]\.secretRef\.key is "b"/],
  [[{ secretKeyRef: { name: 'a', key: 'b' } }], /A single key is one of `env`/],
];
const SLEEP: [unknown, RegExp][] = [
  [
    { preStop: { sleep: { seconds: 31 } } },
    /preStop\.sleep\.seconds is 31\. The pod has 30 s to end, .*terminationGracePeriod: Duration\.seconds\(61\)/,
  ],
];
const LIFECYCLE: [unknown, RegExp][] = [
  ['drain', /lifecycle is "drain"\. It must be an object: \{ preStop/],
  [{ pre_stop: {} }, /lifecycle\.pre_stop is \{\}\. .*Did you mean "preStop"/],
  [{ preStop: {} }, /lifecycle\.preStop is \{\}\. It must have one of exec, httpGet, tcpSocket, sleep/],
  [{ preStop: { exec: 'drain' } }, /lifecycle\.preStop\.exec is "drain"\. It must be an object: \{ command/],
  [{ preStop: { exec: { command: 'drain' } } }, /preStop\.exec\.command is "drain"\. It must be an array of strings/],
  [{ preStop: { sleep: { seconds: '5' } } }, /preStop\.sleep\.seconds is "5"\. .*without quotes/],
  [{ postStart: { httpGet: { path: '/' } } }, /postStart\.httpGet\.port is undefined\. It must be the port/],
  [{ preStop: { exec: { command: ['a'] }, sleep: { seconds: 1 } } }, /It must have one of/],
  [
    { preStop: kplus.Handler.fromCommand(['a']) },
    /preStop is "an object of cdk8s-plus"\. It must be written as in Kubernetes' YAML/,
  ],
];
const SECURITY: [unknown, RegExp][] = [
  ['privileged', /securityContext is "privileged"\. It must be an object: \{ runAsUser: 10001 \}/],
  [{ run_as_user: 1 }, /securityContext\.run_as_user is 1\. .*Did you mean "runAsUser"/],
  [{ runAsUser: '1000' }, /securityContext\.runAsUser is "1000"\. .*without quotes/],
  [{ runAsUser: 0 }, /securityContext\.runAsUser is 0\. .*Add `runAsNonRoot: false`/],
  [{ privileged: 'true' }, /securityContext\.privileged is "true"\. It must be true or false, without quotes/],
  [
    { privileged: true, allowPrivilegeEscalation: false },
    /allowPrivilegeEscalation is false\. It must not be false beside `privileged`/,
  ],
  [{ fsGroup: 1000 }, /securityContext\.fsGroup is 1000\. It is of the pod/],
  [{ capabilities: ['NET_ADMIN'] }, /securityContext\.capabilities is .*It must be an object: \{ add/],
  [{ capabilities: { add: ['CAP_NET_ADMIN'] } }, /add\[0\] is "CAP_NET_ADMIN"\. It must be a capability without CAP_/],
  [{ capabilities: { add: 'NET_ADMIN' } }, /It must be an array of capabilities/],
  [{ seccompProfile: 'RuntimeDefault' }, /seccompProfile is "RuntimeDefault"\. It must be an object: \{ type/],
  [
    { seccompProfile: { type: 'runtime/default' } },
    /seccompProfile\.type is "runtime\/default"\. It must be "RuntimeDefault"/,
  ],
  [{ seccompProfile: { type: 'Localhost' } }, /localhostProfile is undefined\. It must name a profile/],
  [{ ensureNonRoot: true }, /ensureNonRoot is true\. It is `runAsNonRoot`/],
];
const container = (props: object) => [{ name: 'proxy', image: 'proxy', ...props }];
const CONTAINERS: [unknown, RegExp][] = [
  [container({})[0], /(initContainers|sidecars) is .*It must be an array of containers: \[\{ name/],
  ['proxy', /It must be an array of containers/],
  [['proxy'], /\[0\] is "proxy"\. It must be an object: \{ name: "proxy", image/],
  [[{}], /\[0\]\.name is undefined\. It must name the container/],
  [[{ name: 'proxy' }], /\[0\]\.image is undefined\. It must name a container image/],
  [
    [new kplus.Container({ image: 'proxy' })],
    /\[0\] is "an object of cdk8s-plus"\. It must be written as in Kubernetes' YAML: \{ name: "proxy"/,
  ],
  [container({ restartPolicy: 'Always' }), /\[0\]\.restartPolicy is "Always"\. Containers in `sidecars` go on running/],
  [[...container({}), ...container({})], /\[1\]\.name is "proxy"\. It must be unique in the pod, and .*\[0\] has it/],
  [
    container({
      volumeMounts: [
        { mountPath: '/a', volume: { name: 'a', emptyDir: {} } },
        { mountPath: '/b', volume: { name: 'a', secret: { secretName: 'b' } } },
      ],
    }),
    /\[0\]\.volumeMounts\[1\]\.volume\.name is "a"\. Another volume has that name/,
  ],
];
const INIT_CONTAINERS: [unknown, RegExp][] = [
  ...CONTAINERS,
  [
    container({ livenessProbe: { tcpSocket: { port: 1 } } }),
    /initContainers\[0\]\.livenessProbe is "given"\. .*move the container to `sidecars`/,
  ],
  [container({ lifecycle: { preStop: { sleep: { seconds: 1 } } } }), /initContainers\[0\]\.lifecycle is "given"/],
];
const SIDECARS = CONTAINERS;
const VOLUMES: [unknown, RegExp][] = [
  [
    [{ name: 'cache', mountPath: '/cache' }],
    /volumeMounts\[0\]\.name is "cache"\. Where it is mounted is its `mountPath`/,
  ],
  [[{ name: 'cache', emptyDir: {} }], /volumeMounts\[0\]\.name is/],
  [
    emptyDir,
    /It must be an array of mounted volumes: \[\{ mountPath: "\/cache", volume: \{ name: "cache", emptyDir: \{\} \} \}\]/,
  ],
  [[emptyDir], /volumeMounts\[0\]\.\w+ is .*`mountPath`/],
  [[{ path: '/cache', volume: emptyDir }], /volumeMounts\[0\]\.path is "\/cache"\. It is `mountPath`/],
  [mount({ propagation: 'None' }), /propagation is "None"\. It is `mountPropagation`/],
  [['cache'], /volumeMounts\[0\] is "cache"/],
  [
    [...mount({}), ...mount({ mountPath: '/cache/' })],
    /volumeMounts\[1\]\.mountPath is "\/cache\/"\. It is the path of .*volumeMounts\[0\] too/,
  ],
];
const BUNDLING: [unknown, RegExp][] = [
  ['esm', /bundling is "esm"\. It must be an object: \{ externalModules: \["sharp"\] \}/],
  [{ minify: false }, /bundling is "given"\. It says how an `entry` is bundled, and there is none/],
  [{ externalModules: 'sharp' }, /bundling\.externalModules is "sharp"\. It must be an array of names of packages/],
  [{ externalModules: ['./sharp'] }, /externalModules\[0\] is "\.\/sharp"\. It must be the name of a package/],
  [{ external: ['sharp'] }, /bundling\.external is .*It is `externalModules`/],
  [{ nodeModules: ['sharp'] }, /bundling\.nodeModules is .*`externalModules`/],
  [{ format: 'cjs' }, /bundling\.format is "cjs"\. The script is always one ES module/],
  [{ loader: { '.sql': 'file' } }, /bundling\.loader\["\.sql"\] is "file"\. It would write a file/],
  [{ loader: { '.sql': 'txt' } }, /must be one of base64, .*text/],
  [{ loader: { sql: 'text' } }, /a key of (filler\.)?bundling\.loader is "sql"\. It must be the ending/],
  [{ loader: { '.node': 'base64' } }, /cannot hold a native add-on/],
  [
    { define: { STAGE: 'two words' } },
    /bundling\.define\["STAGE"\] is "two words"\. It must be JSON.*"\\"two words\\""/,
  ],
  [{ define: { STAGE: true } }, /It must be JSON as a string: "true"/],
  [{ define: { 'a-b': '1' } }, /a key of (filler\.)?bundling\.define is "a-b"/],
  [{ minify: 'yes' }, /bundling\.minify is "yes"\. It must be true or false/],
  [{ keepNames: 1 }, /bundling\.keepNames is 1/],
  [{ sourceMap: 'inline' }, /bundling\.sourceMap is "inline"/],
  [{ target: 'chrome100' }, /bundling\.target is "chrome100"\. It must be a version of Node or of ECMAScript/],
  [{ tsconfig: 5 }, /bundling\.tsconfig is 5/],
  [{ mainFields: 'module' }, /bundling\.mainFields is "module"\. It must be an array of fields/],
  [{ conditions: [''] }, /bundling\.conditions\[0\] is ""/],
  [{ inject: [5] }, /bundling\.inject\[0\] is 5/],
  [{ banner: { js: '//' } }, /bundling\.banner is .*It must be text/],
  [{ footer: 5 }, /bundling\.footer is 5/],
  [{ minfy: true }, /bundling\.minfy is true\. bundling has no prop of this name\. Did you mean "minify"/],
];

export const FILLER_ROWS: Wrong<QueueFiller> = {
  image: IMAGE,
  entry: FILE,
  nodeImage: [...IMAGE, ['node:24', /nodeImage is "node:24"\. It is the image for an `entry`, and there is none/]],
  bundling: BUNDLING,
  command: COMMAND,
  args: ARGS,
  env: ENV,
  envFrom: ENV_FROM,
  imagePullPolicy: PULL_POLICY,
  lifecycle: LIFECYCLE,
  securityContext: SECURITY,
  initContainers: INIT_CONTAINERS,
  sidecars: SIDECARS,
  batch: [
    ['', /batch is ""/],
    [20261123, /batch is 20261123\. .*a date: "2026-11-23"/],
    [new Date(0), /a date: "2026-11-23"/],
  ],
  backoffLimit: WHOLE,
  logFormat: LOG_FORMAT,
  resources: RESOURCES,
  volumeMounts: VOLUMES,
  readOnlyRootFilesystem: FLAG,
  imagePullSecrets: PULL_SECRETS,
  serviceAccount: SERVICE_ACCOUNT,
  automountServiceAccountToken: FLAG,
};

const LABELLED: [unknown, RegExp][] = [
  ['', /is ""\. It must be at most 63 lower-case letters/],
  ['Batch', /is "Batch"\. It must be at most 63 lower-case letters, digits, hyphens and dots/],
  ['a'.repeat(64), /at most 63/],
  [{ name: 'batch' }, /name: 'batch'/],
];
const KUEUE: [unknown, RegExp][] = [
  ['batch', /kueue is "batch"\. It must be an object: \{ localQueue: "batch" \}/],
  [{}, /kueue\.localQueue is undefined\. It must name a LocalQueue of this namespace: "batch"/],
  [{ queueName: 'batch' }, /kueue\.queueName is "batch"\. It is `localQueue`/],
  [{ clusterQueue: 'batch' }, /kueue\.clusterQueue is "batch"\. It is `localQueue`.* leads to a ClusterQueue/],
  [{ localQueue: 'a', priorityClassName: 'low' }, /kueue\.priorityClassName is "low"\. It is `priorityClass`/],
];

export const KUEUE_QUEUE_ROWS: Wrong<KueueQueueProps> = {
  localQueue: [...LABELLED, [undefined, /localQueue is undefined\. It must name a LocalQueue/]],
  priorityClass: LABELLED,
};

export const KUEUE_ROWS: Wrong<KueueProps> = {
  ...KUEUE_QUEUE_ROWS,
  minParallelism: [
    [0, /kueue\.minParallelism is 0\. It must be a whole number from 1/],
    [8, /kueue\.minParallelism is 8\. It must be less than `parallelism`, 8\./],
    ...WHOLE,
  ],
  maxExecTime: [...SECONDS, [Duration.seconds(0), /from 1 s/]],
};

export const RATE_ROWS: Wrong<Rate> = {
  items: [[0, /rate\.items is 0\. It must be a whole number from 1 to 1000000000/], ...WHOLE],
  per: [...MILLISECONDS, [Duration.millis(0), /rate\.per is "0 ms"/], [Duration.days(30), /to 2147483 s/]],
};

export const JOB_ROWS: Wrong<RedisWorkQueueJobProps> = {
  queueName: QUEUE,
  queue: DEFINITION,
  image: IMAGE,
  entry: FILE,
  nodeImage: FILLER_ROWS.nodeImage,
  bundling: BUNDLING,
  command: COMMAND,
  args: ARGS,
  env: ENV,
  envFrom: ENV_FROM,
  imagePullPolicy: PULL_POLICY,
  lifecycle: [...LIFECYCLE, ...SLEEP],
  securityContext: SECURITY,
  initContainers: INIT_CONTAINERS,
  sidecars: SIDECARS,
  agent: FLAG,
  agentImage: [
    ...IMAGE,
    ['node:24', /agentImage is "node:24"\. It is for the work agent, and there is none: agent: true/],
  ],
  agentPort: [
    [80, /agentPort is 80\. It must be a whole number from 1024 to 65535\./],
    [7441, /there is none/],
    ...WHOLE,
  ],
  agentPatience: [
    ...MILLISECONDS,
    [Duration.millis(0), /from 1 s/],
    [Duration.minutes(1), /there is none: agent: true/],
  ],
  shareProcesses: [
    ...FLAG,
    [true, /shareProcesses is true\. It is for the work agent, and there is none/],
    [false, /shareProcesses is false\. It is for the work agent/],
  ],
  agentResources: AGENT_RESOURCES,
  run: RUN,
  runInput: [
    ['STDIN', /runInput is "STDIN"\. It must be RunInput\.ARGUMENT or RunInput\.STDIN\.$/],
    [true, /runInput is true/],
    [RunInput.STDIN, /runInput is "stdin"\. It is for a command that is run for each item, and there is none/],
  ],
  runDeadCodes: EXIT_CODES('runDeadCodes'),
  runLaterCodes: EXIT_CODES('runLaterCodes'),
  runResults: [...FLAG, [true, /runResults is true\. It is for a command that is run for each item/]],
  cliResources: CLI_RESOURCES,
  parallelism: [[0, /parallelism is 0\. It must be a whole number from 1 to 100000\./], ...WHOLE],
  completionMode: [
    ['indexed', /completionMode is "indexed"\. It must be CompletionMode\.INDEXED or CompletionMode\.NON_INDEXED\.$/],
    ['INDEXED', /completionMode is "INDEXED"/],
    [true, /completionMode is true/],
    [CompletionMode, /completionMode is \{ INDEXED: 'Indexed'/],
  ],
  idleWorkers: [
    ['LEAVE', /idleWorkers is "LEAVE"\. It must be IdleWorkers\.LEAVE or IdleWorkers\.WAIT\.$/],
    [false, /idleWorkers is false/],
    [IdleWorkers.LEAVE, /idleWorkers is "leave"\. Without indexes, .*Use IdleWorkers\.WAIT; or completionMode/],
  ],
  concurrency: [[0, /concurrency is 0/], [10_001, /from 1 to 10000\./], ...WHOLE],
  lease: [...MILLISECONDS, [Duration.millis(999), /from 1 s to 3600 s/], [Duration.hours(2), /is "7200000 ms"/]],
  maxAttempts: [[0, /maxAttempts is 0/], [1_001, /from 1 to 1000\./], ...WHOLE],
  itemTimeout: [...MILLISECONDS, [Duration.days(30), /to 2147483 s/]],
  rate: [
    [100, /rate is 100\. It must be an object: \{ items: 100, per: Duration\.minutes\(1\) \}/],
    ['100/min', /rate is "100\/min"\. It must be an object/],
    [{}, /rate\.items is undefined\. It must be the number of items in that time: 100\./],
    [{ items: 100 }, /rate\.per is undefined\. It must be the time for so many items: Duration\.minutes\(1\)\./],
    [{ max: 100, duration: 1_000 }, /rate\.max is 100\. It is `items`/],
  ],
  startTimeout: MILLISECONDS,
  storeTimeout: [...MILLISECONDS, [Duration.millis(0), /from 1 s/]],
  logFormat: LOG_FORMAT,
  settle: MILLISECONDS,
  gate: FLAG,
  backoffLimit: WHOLE,
  activeDeadline: [...SECONDS, [Duration.seconds(0), /from 1 s/]],
  ttlAfterFinished: SECONDS,
  suspend: FLAG,
  kueue: [
    ...KUEUE,
    [{ localQueue: 'a', maxExecTimeSeconds: 60 }, /maxExecTime: Duration\.hours\(1\)/],
    [{ localQueue: 'a', minParallelism: 1 }, /kueue\.minParallelism is 1\. It must be less than `parallelism`, 1\./],
  ],
  resources: RESOURCES,
  ...POD_PROPS_ROWS,
  ...JOB_METADATA_ROWS,
  spot: [
    ['GKE', /spot is "GKE"\. It must be SpotNodes\.GKE, \.EKS, \.KARPENTER or \.AKS/],
    [true, /spot is true\. It must be SpotNodes/],
    ['', /spot is ""\. .*`nodeSelector` and `tolerations`/],
  ],
  evictable: FLAG,
  serviceAccount: SERVICE_ACCOUNT,
  automountServiceAccountToken: FLAG,
  volumeMounts: VOLUMES,
  user: [[0, /user is 0\. It must be a whole number from 1/], ...WHOLE],
  group: [[0, /group is 0/], ...WHOLE],
  fsGroup: [[0, /fsGroup is 0/], ...WHOLE],
  readOnlyRootFilesystem: FLAG,
  terminationGracePeriod: [...SECONDS, [Duration.days(30), /to 2147483 s/]],
  podLabels: [...POD_PROPS_ROWS.podLabels, [{ 'job-name': 'x' }, /a key of podLabels is "job-name"\. It is set by/]],
  jobName: NAME,
  redis: STORE,
  redisMemory: [...SIZE, [Size.mebibytes(8), /is "8Mi"\. Redis needs at least 64 MiB/]],
  items: ITEMS,
  filler: [
    ['./filler.ts', /filler is "\.\/filler\.ts"\. It must be an object: \{ entry: "\.\/filler\.ts" \}/],
    [{}, /filler\.image is undefined\. Name the image of the filler/],
    [{ image: 'a', nodeSelector: {} }, /filler\.nodeSelector is \{\}\. It is of the pod: .*`fillPod`/],
    [{ image: 'a', kueue: {} }, /filler\.kueue is \{\}\. The fill uses that of the Job/],
    [{ image: 'a', spot: 'gke' }, /filler\.spot is "gke"\. It is for the workers/],
  ],
  fillPod: [
    ['high', /fillPod is "high"\. It must be an object: \{ podAnnotations/],
    [
      { nodeSelector: { a: 'b' } },
      /fillPod is "given"\. It is the pod that fills the queue, which `items` or a `filler`/,
    ],
    [{ resources: {} }, /fillPod\.resources is \{\}\. It is the pod\. A `filler` has/],
  ],
  tolerateDeadLetters: FLAG,
  after: [
    ['invoices', /after is "invoices"\. It must be an array of Jobs whose queues are drained first: \[invoices\]/],
    [['invoices'], /after\[0\] is "invoices"\. It must be a RedisWorkQueueJob, or another queue on a store/],
    [[{ queueName: 'a' }], /after\[0\] is \{ queueName: 'a' \}\. It must be a RedisWorkQueueJob/],
    [[{ queueName: 7, redis: store }], /after\[0\] is .*It must be a RedisWorkQueueJob/],
    [[store], /after\[0\] is .*It must be a RedisWorkQueueJob/],
    [
      Array.from({ length: 8 }, (_, i) => ({ queueName: `a${i}`, redis: store })),
      /after is "8 queues"\. A pod can wait for 7/,
    ],
  ],
  failFast: FLAG,
  followUps: FLAG,
  ...EGRESS_ROWS,
};

/** Those of the workers, whatever runs their pods. */
const WORKER_ROWS = Object.fromEntries(
  Object.entries(JOB_ROWS).filter(([prop]) => Object.hasOwn(WORKERS, prop)),
) as unknown as Wrong<WorkerProps>;

const AMOUNT: [unknown, RegExp][] = [
  ['1', /is "1"\. It must be a number of pods, without quotes: 1\./],
  ['101%', /is "101%"\. It must be a number of pods, 1, or a share of all, "25%"\./],
  [0.25, /is 0\.25\. .*a share of all, "25%"/],
  [-1, /is -1/],
  ['25 %', /is "25 %"/],
  [true, /is true/],
  [{ intOrString: 1 }, /intOrString/],
];

export const ROLLING_UPDATE_ROWS: Wrong<RollingUpdate> = {
  maxSurge: AMOUNT,
  maxUnavailable: AMOUNT,
};

export const STRATEGY_ROWS: Wrong<DeploymentStrategy> = {
  type: [
    ['rolling', /type is "rolling"\. It must be "RollingUpdate" or "Recreate"/],
    ['OnDelete', /type is "OnDelete"/],
    ['Recreate', /rollingUpdate is "?given"?\. With `type: "Recreate"` there is no rolling update/],
  ],
  rollingUpdate: [
    ['25%', /rollingUpdate is "25%"\. It must be an object: \{ maxSurge: 1, maxUnavailable: 0 \}/],
    [{ max_surge: 1 }, /max_surge is 1\. .*Did you mean "maxSurge"\?/],
    [
      { maxSurge: 0, maxUnavailable: '0%' },
      /maxUnavailable is "0%"\. With `maxSurge` 0, no pod could ever be replaced/,
    ],
  ],
};

export const BUDGET_ROWS: Wrong<PodDisruptionBudgetProps> = {
  maxUnavailable: [...AMOUNT, [0, /maxUnavailable is 0\. No node with a worker could be drained/]],
  minAvailable: AMOUNT,
};

const SCALED: [unknown, RegExp][] = [[0, /is 0\. It must be a whole number from 1/], ...WHOLE];

export const AUTOSCALER_ROWS: Wrong<HorizontalPodAutoscalerProps> = {
  minReplicas: [...SCALED, [21, /minReplicas is 21\. It must be at most `maxReplicas`, which is 20/]],
  maxReplicas: SCALED,
  itemsPerWorker: SCALED,
};

export const SCALED_OBJECT_ROWS: Wrong<ScaledObjectProps> = {
  minReplicaCount: [...WHOLE, [21, /minReplicaCount is 21\. It must be at most `maxReplicaCount`, which is 20/]],
  maxReplicaCount: SCALED,
  itemsPerWorker: SCALED,
  pollingInterval: [...SCALED, [Duration.seconds(30), /It must be a whole number from 1/]],
  cooldownPeriod: WHOLE,
  address: [
    ['redis', /address is "redis"\. It must be host:port: "redis\.batch\.svc:6379"/],
    ['redis://redis:6379', /It must be host:port/],
    ['redis:99999', /It must be host:port/],
    ['::1:6379', /It must be host:port/],
    [6379, /address is 6379/],
  ],
  kedaNamespace: NAME,
};

export const DEPLOYMENT_ROWS: Wrong<RedisWorkQueueDeploymentProps> = {
  ...EGRESS_ROWS,
  ...WORKER_ROWS,
  replicas: [[100_001, /to 100000\./], ...WHOLE],
  strategy: [
    ['Recreate', /strategy is "Recreate"\. It must be an object/],
    [{ maxSurge: 1 }, /strategy\.maxSurge is 1\. It is a part of `rollingUpdate`/],
  ],
  minReadySeconds: [...WHOLE, [Duration.seconds(10), /It must be a whole number/]],
  podDisruptionBudget: [
    [1, /podDisruptionBudget is 1\. It must be an object: \{ maxUnavailable: 1 \}/],
    [false, /podDisruptionBudget is false/],
    [{ maxUnavailable: 1, minAvailable: 1 }, /given beside `minAvailable`, and Kubernetes takes one of them/],
  ],
  scaledObject: [
    [true, /scaledObject is true\. It must be an object: \{ maxReplicaCount: 20 \}/],
    [{}, /scaledObject\.maxReplicaCount is undefined\. It must be the most workers that may run: 20/],
    [{ maxReplicas: 5 }, /scaledObject\.maxReplicas is 5\. It is `maxReplicaCount`, as in KEDA/],
    [{ maxReplicaCount: 5, listLength: '10' }, /scaledObject\.listLength is "10"\. It is `itemsPerWorker`/],
    [{ maxReplicaCount: 5, triggers: [] }, /The trigger is the length of the list/],
  ],
  horizontalPodAutoscaler: [
    [10, /horizontalPodAutoscaler is 10\. It must be an object: \{ maxReplicas: 20 \}/],
    [{}, /horizontalPodAutoscaler\.maxReplicas is undefined/],
    [{ maxReplicaCount: 5 }, /horizontalPodAutoscaler\.maxReplicaCount is 5\. It is `maxReplicas`/],
    [{ maxReplicas: 5, targetCPUUtilizationPercentage: 80 }, /Workers are scaled by the items that wait/],
  ],
  deploymentName: NAME,
};

export const FILL_JOB_ROWS: Wrong<FillJobProps> = {
  name: NAME,
  queueName: QUEUE,
  queue: DEFINITION,
  items: ITEMS,
  redis: STORE,
  storeTimeout: MILLISECONDS,
  ttlAfterFinished: SECONDS,
  resources: CLI_RESOURCES,
  kueue: [
    ...KUEUE,
    [{ localQueue: 'a', minParallelism: 1 }, /kueue\.minParallelism is 1\. A fill is one pod/],
    [{ localQueue: 'a', maxExecTime: Duration.hours(1) }, /kueue\.maxExecTime is .*A fill is one pod/],
  ],
  ...POD_PROPS_ROWS,
  ...JOB_METADATA_ROWS,
  jobAnnotations: [
    ...JOB_METADATA_ROWS.jobAnnotations,
    [
      { 'argocd.argoproj.io/sync-options': 'Prune=false' },
      /sync-options"\] is "Prune=false"\. A changed Job of this name has to be replaced, .*"Force=true,Replace=true"/,
    ],
  ],
  labels: LABELS,
};

const WITHOUT_METRICS = /There are no metrics without the sidecar that serves them: metrics: true/;

const MADE_ROWS = {
  image: IMAGE,
  imagePullPolicy: PULL_POLICY,
  cpu: [
    ['1', /cpu is "1"\. It must be an object: \{ request/],
    [kplus.Cpu.units(1), /cpu\.amount is "1"\. It is given by request and limit/],
    [{ limit: '1' }, /cpu\.limit is "1"\. It must be a Cpu/],
    [{ request: kplus.Cpu.units(2), limit: kplus.Cpu.units(1) }, /It must not exceed the limit, 1\./],
  ] as [unknown, RegExp][],
  ephemeralStorage: SIZE.map(([size, message]): [unknown, RegExp] => [{ request: size }, message]),
  memory: [...SIZE, [Size.mebibytes(63), /Redis needs at least 64 MiB: Size\.mebibytes\(64\)/] as [unknown, RegExp]],
  password: SECRET_VALUE,
  serviceName: [...NAME, ['1redis', /start with a letter/] as [unknown, RegExp]],
  discovery: [
    ['DNS', /discovery is "DNS"\. It must be ServiceDiscovery\.DNS or ServiceDiscovery\.ENVIRONMENT/],
    [true, /discovery is true/],
  ] as [unknown, RegExp][],
  networkPolicy: FLAG,
  networkPolicyPeers: PEERS.map(([peers, message]): [unknown, RegExp] => [peers, message]),
  networkPolicyPorts: [
    [4143, /networkPolicyPorts is 4143\. It must be an array of ports: \[4143\]/] as [unknown, RegExp],
    [['4143'], /networkPolicyPorts\[0\] is "4143"\. .*without quotes/] as [unknown, RegExp],
    [[{ port: 4143 }], /networkPolicyPorts\[0\] is \{ port: 4143 \}/] as [unknown, RegExp],
    [[0], /from 1 to 65535/] as [unknown, RegExp],
  ],
  metrics: FLAG,
  metricsImage: [...IMAGE, ['node:24', WITHOUT_METRICS] as [unknown, RegExp]],
  metricsPeers: [
    ...PEERS.map(([peers, message]): [unknown, RegExp] => [peers, message]),
    [[{ namespaceSelector: {} }], WITHOUT_METRICS] as [unknown, RegExp],
  ],
  podMonitor: [...FLAG, [true, WITHOUT_METRICS] as [unknown, RegExp]],
  podMonitorLabels: [
    ['a=b', /podMonitorLabels is "a=b"/] as [unknown, RegExp],
    [{ release: 'a b' }, /podMonitorLabels\["release"\] is "a b"/] as [unknown, RegExp],
    [
      { release: 'a' },
      /podMonitorLabels is \{ release: 'a' \}\. They are labels of the PodMonitor, and there is none/,
    ] as [unknown, RegExp],
  ],
  ...POD_PROPS_ROWS,
  evictable: FLAG,
  tls: [
    [true, /tls is "no Secret"\. It must refer to a Secret with tls\.crt, tls\.key and ca\.crt/],
    ['redis-tls', /It must refer to a Secret/],
    [{ secret: 'redis-tls' }, /It must refer to a Secret/],
    [{ secret: configMap }, /It must refer to a Secret/],
    [{ secret, key: 'tls.crt' }, /It must refer to a Secret/],
    [secret, /It must refer to a Secret/],
  ] as [unknown, RegExp][],
};

export const POD_ROWS: Wrong<RedisPodProps> = { ...MADE_ROWS, podName: NAME };

export const PERSISTENT_ROWS: Wrong<PersistentRedisProps> = {
  ...MADE_ROWS,
  statefulSetName: [...NAME, ['a'.repeat(53), /at most 52/]],
  storage: SIZE,
  storageClassName: DOTTED,
};

export const REPLICATED_ROWS: Wrong<ReplicatedRedisProps> = {
  ...MADE_ROWS,
  discovery: [
    ...MADE_ROWS.discovery,
    [ServiceDiscovery.ENVIRONMENT, /discovery is "environment"\. The members have host names alone/],
  ],
  replicas: [
    [1, /replicas is 1\. It must be a whole number from 3 to 9/],
    [2, /from 3 to 9/],
    [11, /from 3 to 9/],
    ...WHOLE,
  ],
  persistent: FLAG,
  storage: SIZE,
  storageClassName: DOTTED,
  statefulSetName: [...NAME, ['a'.repeat(53), /at most 52/]],
};

export const TOLERATION_ROWS: Wrong<Toleration> = {
  key: [
    ['a b', /tolerations\[0\]\.key is "a b"/],
    [1, /key is 1/],
  ],
  operator: [
    ['Is', /operator is "Is"\. It must be "Equal" or "Exists"/],
    ['Equal', /Without a key it must be "Exists"/],
  ],
  value: [
    ['two words', /value is "two words"/],
    [true, /value is true/],
    ['a', /The operator "Exists" takes none; remove it\.$/],
  ],
  effect: [
    ['Never', /effect is "Never"\. It must be "NoSchedule"/],
    [null, /effect is undefined\. tolerationSeconds needs "NoExecute"/],
  ],
  tolerationSeconds: [...WHOLE, [Duration.seconds(30), /is "30 seconds"\. It must be a whole number/]],
};

export const RESOURCES_ROWS: Wrong<ContainerResources> = {
  extended: [
    ['nvidia.com/gpu', /resources\.extended is "nvidia\.com\/gpu"\. It must be an object of numbers by name/],
    [
      { 'nvidia.com/gpu': '1' },
      /resources\.extended\["nvidia\.com\/gpu"\] is "1"\. It must be a whole number from 0 to \d+, without quotes/,
    ],
    [{ 'nvidia.com/gpu': 0.5 }, /is 0\.5\. It must be a whole number/],
    [
      { gpu: 1 },
      /a name in resources\.extended is "gpu"\. It must be the name of an extended resource.*"nvidia\.com\/gpu"/,
    ],
    [{ 'kubernetes.io/gpu': 1 }, /a name in resources\.extended is "kubernetes\.io\/gpu"/],
    [{ 'requests.nvidia.com/gpu': 1 }, /a name in resources\.extended is/],
  ],
  cpu: [
    [0.5, /resources\.cpu is 0\.5\. It must be an object: \{ request: Cpu/],
    [kplus.Cpu.units(1), /resources\.cpu\.amount is "1"\. It is given by request and limit/],
    [{ request: '500m' }, /resources\.cpu\.request is "500m"\. It must be a Cpu: Cpu\.millis\(500\)/],
    [{ request: 0.5 }, /It must be a Cpu/],
    [{ request: kplus.Cpu.millis(Number.NaN) }, /resources\.cpu\.request is "NaNm"/],
    [{ request: kplus.Cpu.units(0.0001) }, /whole number of thousandths/],
    [{ limit: kplus.Cpu.millis(-1) }, /at least Cpu\.millis\(0\)/],
    [{ requests: kplus.Cpu.units(1) }, /resources\.cpu\.requests is/],
    [{ request: kplus.Cpu.units(2), limit: kplus.Cpu.units(1) }, /It must not exceed the limit, 1\./],
  ],
  memory: [
    ['512Mi', /It must be an object: \{ request: Size\.mebibytes\(512\)/],
    [Size.mebibytes(512), /resources\.memory\.\w+ is .*It is given by request and limit/],
    ...SIZE.map(([size, message]): [unknown, RegExp] => [{ limit: size }, message]),
    [{ request: Size.gibibytes(1), limit: Size.mebibytes(1) }, /It must not exceed the limit, 1Mi/],
  ],
  ephemeralStorage: SIZE.map(([size, message]): [unknown, RegExp] => [{ request: size }, message]),
};

const PROBE: [unknown, RegExp][] = [
  [
    { httpGet: { port: 80, httpHeaders: [{ name: 'Accept: text', value: 'a' }] } },
    /httpHeaders\[0\]\.name is "Accept: text"\. It must name the header, in letters/,
  ],
  ['/healthz', /Probe is "\/healthz"\. It must be an object: \{ httpGet/],
  [{}, /Probe is \{\}\. It must have one of exec, httpGet, tcpSocket, grpc/],
  [{ http_get: { port: 1 } }, /Did you mean "httpGet"/],
  [{ httpGet: { port: '8080' } }, /httpGet\.port is "8080"\. It must be a number from 1 to 65535, without quotes/],
  [{ tcpSocket: { port: 8080 }, periodSeconds: '5' }, /periodSeconds is "5"\. .*without quotes/],
  [{ tcpSocket: { port: 8080 }, periodSeconds: Duration.seconds(5) }, /periodSeconds is .*It must be a whole number/],
  [
    kplus.Probe.fromTcpSocket(),
    /Probe is "an object of cdk8s-plus"\. It must be written as in Kubernetes' YAML: \{ httpGet/,
  ],
];

export const CONTAINER_ROWS: Wrong<PodContainer> = {
  name: [
    ...NAME,
    ['worker', /sidecars\[0\]\.name is "worker"\. The construct uses it; use another name/],
    ['gate', /The construct uses it/],
    ['after-1', /The construct uses it/],
  ],
  image: IMAGE,
  imagePullPolicy: PULL_POLICY,
  command: COMMAND,
  args: ARGS,
  workingDir: [
    ['srv', /workingDir is "srv"\. It must be an absolute path: "\/srv"/],
    [7, /workingDir is 7/],
  ],
  env: ENV.filter(([, message]) => !message.source.includes('The construct sets it')),
  envFrom: ENV_FROM,
  resources: RESOURCES,
  volumeMounts: VOLUMES,
  ports: [
    [9121, /ports is 9121\. It must be an array of ports: \[\{ name: "metrics", containerPort: 9121 \}\]/],
    [[9121], /ports\[0\] is 9121\. It must be an object/],
    [['9121:9121'], /ports\[0\] is "9121:9121"/],
    [
      [
        { name: 'a', containerPort: 1 },
        { name: 'a', containerPort: 2 },
      ],
      /ports\[1\]\.name is "a"\. It must be unique in its container/,
    ],
  ],
  lifecycle: [...LIFECYCLE, ...SLEEP],
  startupProbe: [...PROBE, [{ tcpSocket: { port: 1 }, successThreshold: 2 }, /successThreshold is 2\. .*from 1 to 1/]],
  readinessProbe: [
    ...PROBE,
    [
      { tcpSocket: { port: 1 }, terminationGracePeriodSeconds: 5 },
      /terminationGracePeriodSeconds is 5\. A readiness probe has no prop/,
    ],
  ],
  livenessProbe: PROBE,
  securityContext: SECURITY,
};

export const PORT_ROWS: Wrong<ContainerPort> = {
  containerPort: [
    ['9121', /sidecars\[0\]\.ports\[0\]\.containerPort is "9121"\. .*without quotes/],
    [0, /from 1 to 65535/],
    [undefined, /containerPort is undefined\. It must be the number of the port/],
  ],
  name: [
    ['Metrics', /name is "Metrics"\. It must be at most 15 lower-case letters/],
    ['a-name-that-is-too-long', /at most 15/],
    ['9121', /with a letter/],
  ],
  protocol: [
    ['tcp', /protocol is "tcp"\. It must be "TCP", "UDP" or "SCTP"/],
    [6, /protocol is 6/],
  ],
};

export const MOUNT_ROWS: Wrong<VolumeMount> = {
  mountPath: [
    ['cache', /volumeMounts\[0\]\.mountPath is "cache"\. It must be an absolute path/],
    ['/a:b', /without colons/],
    ['/', /below the root/],
    [7, /mountPath is 7/],
    [undefined, /mountPath is undefined\. Say where it is mounted/],
  ],
  volume: [
    ...VOLUME_ROWS,
    [undefined, /volume is undefined\. Say what is mounted/],
    ['cache', /volume is "cache"\. It must be a volume: \{ name: "cache", emptyDir: \{\} \}/],
    [{ name: 'cache' }, /volume is "a name alone"\. Say what is mounted/],
    [{ emptyDir: {} }, /volume\.name is undefined\. It must be/],
    [{ name: 'Cache_1', emptyDir: {} }, /volume\.name is "Cache_1"/],
    [{ name: 'cache', emptyDir: null }, /volume is "a name alone"/],
    [{ name: 'cache', emptyDir: true }, /volume\.emptyDir is true\. It must be an object/],
    [{ name: 'cache', emptyDir: {}, secret: { secretName: 's' } }, /volume is "emptyDir and secret"\. .*Mount two/],
    [{ name: 'cache', hostPath: { path: '/' } }, /volume is "hostPath"\. Pod Security/],
    [{ name: 'cache', empty_dir: {} }, /volume is "empty_dir"\. It is no type of volume\. Did you mean `emptyDir`\?/],
    [{ name: 'cache', secret: { name: 's' } }, /volume\.secret\.secretName is undefined\. Kubernetes asks for it/],
    [
      { name: 'cache', persistentVolumeClaim: 'data' },
      /volume\.persistentVolumeClaim is "data"\. It must be an object/,
    ],
    [{ name: 'cache', configMap }, /volume\.configMap is the ConfigMap test\/map\. It must be what a manifest holds/],
    [{ name: 'cache', csi: { driver: () => 'x' } }, /volume\.csi\.driver is .*It must be what a manifest holds/],
    [{ name: 'cache', emptyDir: { sizeLimit: Lazy.any({ produce: () => '1Gi' }) } }, /sizeLimit is "a Lazy value"/],
    [secret, /volume is the Secret test\/secret\. It must be a volume/],
    [kplus.PersistentVolumeClaim.fromClaimName(chart, 'claim', 'data'), /fromPersistentVolumeClaim/],
    [kplus.Volume.fromHostPath(chart, 'host', 'host', { path: '/' }), /volume is "hostPath"\. Pod Security/],
    [kplus.Volume.fromEmptyDir(chart, 'gate', 'gate'), /volume\.name is "gate"\. The construct uses it/],
  ],
  readOnly: FLAG,
  mountPropagation: [
    ['Shared', /It must be "None" or "HostToContainer"/],
    [kplus.MountPropagation.BIDIRECTIONAL, /leaves the other to privileged pods/],
  ],
  subPath: [
    ['/a', /subPath is "\/a"\. It must be a path in the volume/],
    ['a/../b', /without ".."/],
    ['', /subPath is ""/],
  ],
  subPathExpr: [
    ['/a', /subPathExpr is "\/a"/],
    [1, /subPathExpr is 1/],
  ],
};
