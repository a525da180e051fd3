import { App, Chart, Duration, Size } from 'cdk8s';
import { FillJob, InvalidPropError, RedisStore, RedisWorkQueueJob } from '../../lib';

// Props that no interface has: misspelt ones, those of Kubernetes, those of another store.

const newChart = () => new Chart(new App(), 'test');
const job = (props: object) => new RedisWorkQueueJob(newChart(), 'it', { queueName: 'q', image: 'worker', ...props });
const filler = (props: object) => job({ filler: { image: 'filler', ...props } });
const pod = (props: object) => RedisStore.pod(newChart(), 'it', props);
const persistent = (props: object) => RedisStore.persistent(newChart(), 'it', props);
const replicated = (props: object) => RedisStore.replicated(newChart(), 'it', props);
const external = (props: object) => RedisStore.external(newChart(), 'it', { host: 'redis', ...props });
const sentinel = (props: object) =>
  RedisStore.sentinel(newChart(), 'it', { sentinels: ['a'], primaryName: 'mymaster', ...props });
const cluster = (props: object) => RedisStore.cluster(newChart(), 'it', { nodes: ['a'], ...props });

test.each<[string, () => unknown, RegExp]>([
  ['paralellism', () => job({ paralellism: 2 }), /test\/it: paralellism is 2\. .*Did you mean "parallelism"\?/],
  ['queuename', () => job({ queuename: 'job2' }), /queuename is "job2"\. .*Did you mean "queueName"\?/],
  ['backOffLimit', () => job({ backOffLimit: 2 }), /Did you mean "backoffLimit"\?/],
  ['max_attempts', () => job({ max_attempts: 2 }), /Did you mean "maxAttempts"\?/],
  ['itemTimout', () => job({ itemTimout: Duration.seconds(1) }), /Did you mean "itemTimeout"\?/],
  ['tolerateDeadletters', () => job({ tolerateDeadletters: true }), /Did you mean "tolerateDeadLetters"\?/],
  ['item', () => job({ item: ['a'] }), /Did you mean "items"\?/],
  ['enviroment', () => job({ enviroment: {} }), /RedisWorkQueueJob has no prop of this name/],
  [
    'a prop of no known object',
    () => job({ team: 'fruit' }),
    /Remove it\. A wrapper .*There is queueName, queue, image/,
  ],
  [
    'args of the filler',
    () => filler({ arg: ['a'] }),
    /filler\.arg is \[ 'a' \]\. A filler has no .*Did you mean "args"\?/,
  ],
  ['memroy', () => pod({ memroy: Size.mebibytes(64) }), /memroy is "64Mi"\. RedisStore\.pod .*Did you mean "memory"\?/],
  ['storageClass', () => persistent({ storageClass: 'a' }), /Did you mean "storageClassName"\?/],
  ['hostname', () => external({ hostname: 'a' }), /RedisStore\.external has no prop of this name/],
  [
    'a misspelt toleration',
    () => job({ tolerations: [{ kee: 'a' }] }),
    /tolerations\[0\]\.kee is "a"\. A toleration .*Did you mean "key"\?/,
  ],
  [
    'a misspelt resource',
    () => job({ resources: { mem: { limit: Size.mebibytes(64) } } }),
    /resources\.mem is .*There is cpu, memory, ephemeralStorage, extended/,
  ],
])('%s is taken for what was meant', (_, make, message) => {
  expect(make).toThrow(message);
  expect(make).toThrow(InvalidPropError);
});

test.each<[string, () => unknown, RegExp]>([
  ['serviceMonitor', () => pod({ serviceMonitor: true }), /serviceMonitor is true\. .*It is `podMonitor: true`/],
  ['exporter', () => replicated({ exporter: true }), /exporter is true\. .*It is `metrics: true`/],
  ['completions', () => job({ completions: 3 }), /completions is 3\. It follows `parallelism`/],
  [
    'successPolicy',
    () => job({ successPolicy: { rules: [] } }),
    /successPolicy is .*completionMode: CompletionMode\.INDEXED/,
  ],
  ['backoffLimitPerIndex', () => job({ backoffLimitPerIndex: 3 }), /`backoffLimit` is .*`maxAttempts`/],
  ['maxFailedIndexes', () => job({ maxFailedIndexes: 3 }), /`backoffLimit`/],
  ['replicas', () => job({ replicas: 3 }), /`parallelism`/],
  ['activeDeadlineSeconds', () => job({ activeDeadlineSeconds: 60 }), /activeDeadline: Duration\.hours\(1\)/],
  ['ttlSecondsAfterFinished', () => job({ ttlSecondsAfterFinished: 60 }), /ttlAfterFinished: Duration\.hours\(1\)/],
  [
    'terminationGracePeriodSeconds',
    () => job({ terminationGracePeriodSeconds: 60 }),
    /terminationGracePeriod: Duration\.seconds\(30\)/,
  ],
  ['serviceAccountName', () => job({ serviceAccountName: 'a' }), /serviceAccount: \{ name: "worker" \}/],
  ['volumes', () => job({ volumes: [{ name: 'a', emptyDir: {} }] }), /volumeMounts: \[\{ mountPath: "\/cache", volume/],
  ['volumes of the filler', () => filler({ volumes: [] }), /filler\.volumes is \[\]\. Volumes and where/],
  [
    'a device among the resources',
    () => job({ resources: { 'nvidia.com/gpu': 1 } }),
    /resources\["nvidia\.com\/gpu"\] is 1\. It must be under `extended`: \{ "nvidia\.com\/gpu": 1 \}/,
  ],
  [
    'a device among the limits',
    () => job({ resources: { limits: { 'nvidia.com/gpu': 1 } } }),
    /by resource: .*extended: \{ "nvidia\.com\/gpu": 1 \}/,
  ],
  ['livenessProbe', () => job({ livenessProbe: {} }), /nothing probes it/],
  ['cmd', () => job({ cmd: ['node'] }), /It is `command`/],
  ['pullPolicy', () => job({ pullPolicy: 'Always' }), /It is `imagePullPolicy`/],
  ['workingDir', () => job({ workingDir: '/srv' }), /that of the image/],
  ['shareProcessNamespace', () => job({ shareProcessNamespace: true }), /It takes a JSON patch/],
  [
    'the path of a probe',
    () => job({ sidecars: [{ name: 'a', image: 'a', livenessProbe: { path: '/', port: 80 } }] }),
    /livenessProbe\.path is "\/"\. It is `httpGet`: \{ httpGet/,
  ],
  [
    'the command of a handler',
    () => job({ lifecycle: { preStop: { command: ['a'] } } }),
    /preStop\.command is .*It is under `exec`/,
  ],
  ['ndots', () => job({ dnsConfig: { options: [{ ndots: 2 }] } }), /\{ name: "ndots", value: "2" \}/],
  [
    'the CIDR of a rule',
    () => job({ egressPolicy: true, egressRules: [{ cidr: '10.0.0.0/8' }] }),
    /cidr is "10\.0\.0\.0\/8"\. It is a part of an ipBlock of a peer/,
  ],
  [
    'the namespace of a peer',
    () => pod({ networkPolicyPeers: [{ namespace: 'a' }] }),
    /kubernetes\.io\/metadata\.name/,
  ],
  ['the host of a peer', () => pod({ networkPolicyPeers: [{ host: 'a' }] }), /knows no names of hosts/],
  ['claims of a store', () => persistent({ volumeClaimTemplates: [] }), /The claim is made of `storage`/],
  ...['ssl', 'tlsSecret', 'certificate'].map((prop): [string, () => unknown, RegExp] => [
    `${prop} of a replicated store`,
    () => replicated({ [prop]: { secret: { name: 'redis-tls' } } }),
    /It is `tls`: \{ secret: \{ name: "redis-tls" \} \}, a Secret with tls\.crt, tls\.key and ca\.crt/,
  ]),
  [
    'authorities of a replicated store',
    () => replicated({ certificateAuthorities: { secret: { name: 'ca' }, key: 'ca.crt' } }),
    /Clients trust `ca\.crt` of the Secret of `tls`/,
  ],
  [
    'a client certificate of a replicated store',
    () => replicated({ clientCertificate: { secret: { name: 'client' } } }),
    /A made store asks clients for a `password`/,
  ],
  ['db', () => external({ db: 1 }), /It is `database`, its number/],
  ['db of a Redis Cluster', () => cluster({ db: 1 }), /A Redis Cluster has database 0 alone/],
  ['database of a Redis Cluster', () => cluster({ database: 1 }), /A Redis Cluster has database 0 alone/],
  ['database of a made store', () => pod({ database: 1 }), /Its queues are in database 0/],
  ...['master', 'masterName', 'name', 'primary', 'sentinelMaster', 'serviceName'].map(
    (prop): [string, () => unknown, RegExp] => [
      `${prop} of sentinels`,
      () => sentinel({ [prop]: 'mymaster' }),
      /It is `primaryName`/,
    ],
  ),
  ...['sentinelHosts', 'hosts', 'addresses', 'seeds', 'nodes', 'endpoints', 'host', 'port'].map(
    (prop): [string, () => unknown, RegExp] => [
      `${prop} of sentinels`,
      () => sentinel({ [prop]: ['a'] }),
      /It is `sentinels`, host:port each/,
    ],
  ),
  ...['seeds', 'startupNodes', 'hosts', 'addresses', 'host', 'port'].map((prop): [string, () => unknown, RegExp] => [
    `${prop} of a Redis Cluster`,
    () => cluster({ [prop]: ['a'] }),
    /It is `nodes`, host:port each/,
  ]),
  ...['sentinels', 'primaryName', 'master'].map((prop): [string, () => unknown, RegExp] => [
    `${prop} of an external store`,
    () => external({ [prop]: ['a'] }),
    /RedisStore\.sentinel\(chart/,
  ]),
  ...['nodes', 'seeds', 'hosts'].map((prop): [string, () => unknown, RegExp] => [
    `${prop} of an external store`,
    () => external({ [prop]: ['a'] }),
    /RedisStore\.cluster\(chart/,
  ]),
  ['sentinels of a made store', () => pod({ sentinels: ['a'] }), /use RedisStore\.sentinel/],
  ['nodes of a made store', () => persistent({ nodes: ['a'] }), /use RedisStore\.cluster/],
  ['url of sentinels', () => sentinel({ url: 'redis+sentinel://:hunter2@a/m' }), /Take it apart: sentinels/],
  ['url of a Redis Cluster', () => cluster({ url: 'redis://a,b' }), /Take it apart: nodes/],
  ['redisCpu', () => job({ redisCpu: {} }), /RedisStore\.pod\(chart, "redis", \{ cpu, memory \}\)/],
  ['ports', () => job({ ports: [] }), /a sidecar has `ports`/],
  ['cliResources of a filler', () => filler({ cliResources: {} }), /The fill uses that of the Job/],
  ['podAntiAffinity', () => job({ podAntiAffinity: {} }), /It is a part of `affinity`/],
  ['hostNetwork', () => job({ hostNetwork: true }), /Pod Security "restricted" refuses it/],
  ['nodeName of a store', () => pod({ nodeName: 'node-1' }), /nodeSelector: \{ "kubernetes\.io\/hostname"/],
  ['user of a store', () => pod({ user: 1001 }), /podSecurityContext.*idsFromNamespace: true/],
  ['idsFromNamespace of an external store', () => external({ idsFromNamespace: true }), /Give it to the Job/],
  ['affinity of a filler', () => filler({ affinity: {} }), /give it to the Job, in `fillPod`/],
  ['priority', () => job({ priority: 5 }), /It is `priorityClassName`/],
  ['runAsUser', () => job({ runAsUser: 1 }), /It is `user`/],
  ['containers', () => job({ containers: [] }), /addJsonPatch/],
  ['template', () => job({ template: {} }), /flat props/],
  ['labels', () => job({ labels: {} }), /`podLabels`/],
  ['name', () => job({ name: 'fruit' }), /`jobName`/],
  ['retries', () => job({ retries: 3 }), /`maxAttempts`/],
  ['redisUrl', () => job({ redisUrl: 'redis://a' }), /RedisStore\.external\(/],
  ['memory of a Job', () => job({ memory: Size.mebibytes(64) }), /`redisMemory`/],
  ['the store of a filler', () => filler({ redis: {} }), /The fill uses that of the Job/],
  [
    'resources of a store',
    () => pod({ resources: {} }),
    /`memory`: Size\.mebibytes\(256\), `cpu`: \{ request, limit \}/,
  ],
  ['replicas of a store', () => persistent({ replicas: 3 }), /A store is one Redis/],
  [
    'storage of a Pod',
    () => pod({ storage: Size.gibibytes(1) }),
    /storage is "1Gi"\. It is a prop of RedisStore\.persistent/,
  ],
  ['statefulSetName of a Pod', () => pod({ statefulSetName: 'a' }), /a Pod has `podName`/],
  ['podName of a StatefulSet', () => persistent({ podName: 'a' }), /here it is `statefulSetName`/],
  ['host of a made store', () => pod({ host: 'a' }), /use RedisStore\.external/],
  ['username of a made store', () => persistent({ username: {} }), /no users but the default one/],
  ['url of an external store', () => external({ url: 'rediss://a' }), /host: "redis\.example\.com", port: 6379/],
  ...['memory', 'serviceName', 'discovery', 'networkPolicy', 'nodeSelector', 'tolerations', 'priorityClassName'].map(
    (prop): [string, () => unknown, RegExp] => [
      `${prop} of an external store`,
      () => external({ [prop]: 'x' }),
      new RegExp(`${prop} is "x"\\. It is a prop of stores that are made`),
    ],
  ),
])('%s is told its right place', (_, make, message) => {
  expect(make).toThrow(message);
  expect(make).toThrow(InvalidPropError);
});

test.each<[string, () => unknown, RegExp]>([
  [
    'no scope',
    () => new RedisWorkQueueJob(undefined as never, 'it', {} as never),
    /RedisWorkQueueJob: scope is undefined\. It must be a chart/,
  ],
  [
    'a name for a scope',
    () => RedisStore.pod('chart' as never, 'it'),
    /RedisStore\.pod: scope is "chart"\. .*RedisStore\.pod\(chart, "name", \{ memory/,
  ],
  [
    'the app for a scope',
    () => RedisStore.pod(new App(), 'it'),
    /scope is the App\. It is in no chart\. Make one, new Chart/,
  ],
  ['no id', () => new RedisWorkQueueJob(newChart(), undefined as never, {} as never), /id is undefined/],
  [
    'props for an id',
    () => new FillJob(newChart(), { name: 'a' } as never, {} as never),
    /id is \{ name: 'a' \}\. .*new FillJob\(chart, "name", \{ name: "fill"/,
  ],
  [
    'no props',
    () => new RedisWorkQueueJob(newChart(), 'it', undefined as never),
    /test\/it: queueName is undefined\. It must name/,
  ],
  ['null for props', () => RedisStore.external(newChart(), 'it', null as never), /host is undefined/],
  [
    'a name for props',
    () => new RedisWorkQueueJob(newChart(), 'it', 'job2' as never),
    /test\/it: props is "job2"\. It must be an object: \{ queueName/,
  ],
  ['a list of props', () => RedisStore.pod(newChart(), 'it', [] as never), /props is \[\]/],
  ['a function for props', () => RedisStore.pod(newChart(), 'it', (() => ({})) as never), /props is \[Function/],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(message);
  expect(make).toThrow(InvalidPropError);
});

test.each<[string, () => unknown]>([
  ['a misspelt password', () => external({ pasword: 'hunter2' })],
  ['a password of another name', () => external({ auth: 'hunter2' })],
  ['the address of a store', () => external({ url: 'redis://:hunter2@redis:6379' })],
  ['an address for a host', () => external({ host: 'redis://user:hunter2@redis:6379' })],
  ['an object for a store', () => job({ redis: { host: 'redis', password: 'hunter2' } })],
  [
    'props for an id',
    () => RedisStore.external(newChart(), { host: 'redis', password: 'hunter2' } as never, {} as never),
  ],
  ['a variable', () => job({ env: { API_TOKEN: { password: 'hunter2' } } })],
  ['a literal that is no text', () => job({ env: { API_TOKEN: 'hunter2\0' } })],
])('no error repeats a secret: %s', (_, make) => {
  expect(make).toThrow(InvalidPropError);
  expect(make).not.toThrow(/hunter2/);
});
