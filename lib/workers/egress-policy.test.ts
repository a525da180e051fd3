import { Chart, Testing } from 'cdk8s';
import { MODELS } from '../../test/manifest-models';
import { RedisStore, RedisWorkQueueDeployment, RedisWorkQueueJob, type RedisWorkQueueJobProps } from '..';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;
type Labels = Record<string, string>;

const DNS = [
  {
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  },
  {
    to: [{ namespaceSelector: {} }],
    ports: [
      { protocol: 'UDP', port: 5353 },
      { protocol: 'TCP', port: 5353 },
    ],
  },
];
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: 'TCP', port }));

function synth(props: (chart: Chart) => Partial<RedisWorkQueueJobProps>): Manifest[] {
  const chart = new Chart(Testing.app(), 'test');
  const given = { queueName: 'fruit', jobName: 'fruit', image: 'worker', egressPolicy: true, ...props(chart) };
  new RedisWorkQueueJob(chart, 'fruit', given);
  return Testing.synth(chart);
}

function policyOf(objects: Manifest[]): Manifest {
  const [policy, ...more] = objects.filter(({ spec }) => spec?.policyTypes?.includes('Egress'));
  expect(more).toEqual([]);
  if (policy) new (MODELS.NetworkPolicy as (typeof MODELS)[string])(policy).validate();
  return policy;
}

const rules = (props: (chart: Chart) => Partial<RedisWorkQueueJobProps>) => policyOf(synth(props)).spec.egress;

const inCidr = (cidr: string, ...ports: number[]) => ({ to: [{ ipBlock: { cidr } }], ports: tcp(...ports) });

test.each<[string, (chart: Chart) => RedisStore, Manifest[]]>([
  [
    'the sentinels by their addresses, and the port of servers that only they know',
    (of) => RedisStore.sentinel(of, 'redis', { sentinels: ['10.0.0.5', '[fd00::5]:26380'], primaryName: 'm' }),
    [inCidr('10.0.0.5/32', 26379), inCidr('fd00::5/128', 26380), { ports: tcp(6379) }],
  ],
  [
    'the port of sentinels with host names, once',
    (of) => RedisStore.sentinel(of, 'redis', { sentinels: ['s1.example.com', 's2.example.com'], primaryName: 'm' }),
    [{ ports: tcp(26379) }, { ports: tcp(6379) }],
  ],
  [
    'the ports of the nodes of a cluster, which has others than those that are named',
    (of) => RedisStore.cluster(of, 'redis', { nodes: ['10.0.0.5:7000', '10.0.0.6:7000', '10.0.0.7:7001'] }),
    [{ ports: tcp(7000, 7001) }],
  ],
  [
    'the port of a host that a Secret holds',
    (of) => RedisStore.external(of, 'redis', { host: { secret: { name: 's' }, key: 'host' }, port: 6380 }),
    [{ ports: tcp(6380) }],
  ],
  [
    'what a store says of its servers, and nothing else',
    (of) =>
      RedisStore.sentinel(of, 'redis', {
        sentinels: ['s1.example.com'],
        primaryName: 'm',
        egressRules: [{ to: [{ ipBlock: { cidr: '10.20.0.0/16' } }], ports: [{ port: 6379 }, { port: 26379 }] }],
      }),
    [inCidr('10.20.0.0/16', 6379, 26379)],
  ],
])('an egress policy opens %s', (_, store, expected) => {
  expect(rules((chart) => ({ redis: store(chart) }))).toEqual([...DNS, ...expected]);
});

interface Pod {
  readonly owner: string;
  readonly labels: Labels;
  readonly spec: Manifest;
}

function podsOf(objects: Manifest[]): Pod[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    if (kind === 'Pod') return [{ owner: metadata.name, labels: metadata.labels, spec }];
    const { template } = spec ?? {};
    return template ? [{ owner: metadata.name, labels: template.metadata.labels, spec: template.spec }] : [];
  });
}

function isSelected({ matchLabels = {}, matchExpressions = [] }: Manifest, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, values }: { key: string; values: string[] }) => values.includes(labels[key] ?? ''))
  );
}

/** Whether policies let a pod reach a port of another one, as Kubernetes puts them together. */
function isLetThrough(policies: Manifest[], from: Pod, to: Pod, port: number): boolean {
  const ways = [
    ['Egress', from, to, ({ spec }: Manifest) => spec.egress, 'to'],
    ['Ingress', to, from, ({ spec }: Manifest) => spec.ingress, 'from'],
  ] as const;
  return ways.every(([type, pod, other, rulesOf, end]) => {
    const own = policies.filter(
      ({ spec }) => spec.policyTypes.includes(type) && isSelected(spec.podSelector, pod.labels),
    );
    if (own.length === 0) return true;
    return own
      .flatMap(rulesOf)
      .some(
        (rule: Manifest) =>
          (!rule.ports || rule.ports.some((each: Manifest) => each.protocol === 'TCP' && each.port === port)) &&
          (!rule[end] ||
            rule[end].some((peer: Manifest) => peer.podSelector && isSelected(peer.podSelector, other.labels))),
      );
  });
}

test('without it, nothing is confined', () => {
  expect(policyOf(synth(() => ({ egressPolicy: false })))).toBeUndefined();
});

test.each<[string, Partial<RedisWorkQueueJobProps>]>([
  ['items', { items: ['a'] }],
  ['a filler', { filler: { image: 'filler' } }],
  ['neither', {}],
])('workers and fill reach the store, with %s, and not each other', (_, props) => {
  const objects = synth(() => props);
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
  const pods = podsOf(objects);
  const store = pods.find(({ owner }) => owner === 'fruit-redis') as Pod;
  const clients = pods.filter((pod) => pod !== store);
  expect(clients.map(({ owner }) => owner).sort()).toEqual(
    Object.keys(props).length > 0 ? ['fruit', 'fruit-fill'] : ['fruit'],
  );
  for (const client of clients) {
    expect([client.owner, isLetThrough(policies, client, store, 6379)]).toEqual([client.owner, true]);
    expect(isLetThrough(policies, client, store, 22)).toBe(false);
    for (const other of clients) expect(isLetThrough(policies, client, other, 8080)).toBe(false);
  }
});

test('the workers of a Deployment reach the store, and nothing else', () => {
  const chart = new Chart(Testing.app(), 'test');
  const props = { queueName: 'fruit', deploymentName: 'fruit', image: 'worker', egressPolicy: true };
  new RedisWorkQueueDeployment(chart, 'fruit', props);
  const objects = Testing.synth(chart);
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
  const [workers, store] = ['fruit', 'fruit-redis'].map((name) =>
    podsOf(objects).find(({ owner }) => owner === name),
  ) as [Pod, Pod];
  expect(policyOf(objects).metadata.name).toBe('fruit-egress');
  expect(isLetThrough(policies, workers, store, 6379)).toBe(true);
  expect(isLetThrough(policies, workers, store, 22)).toBe(false);
  expect(isLetThrough(policies, workers, workers, 8080)).toBe(false);
});

test('the policy is applied before the pods that it confines', () => {
  const order = synth(() => ({ items: ['a'] })).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const at = (object: string) => order.indexOf(object);
  expect(at('NetworkPolicy fruit-egress')).toBeGreaterThan(-1);
  expect(at('NetworkPolicy fruit-egress')).toBeLessThan(at('Job fruit-fill'));
  expect(at('NetworkPolicy fruit-egress')).toBeLessThan(at('Job fruit'));
});

test('a store that is made is known by its pod, with the ports of a mesh', () => {
  const made = (chart: Chart) => ({
    redis: RedisStore.pod(chart, 'redis', { serviceName: 'redis', networkPolicyPorts: [4143] }),
  });
  const store = { podSelector: { matchLabels: { 'cdk8s-redis-work-queue/store': 'redis' } } };
  expect(rules(made)).toEqual([...DNS, { to: [store], ports: tcp(6379, 4143) }]);
});

test.each([
  ['an IPv4 address', '10.0.0.5', { to: [{ ipBlock: { cidr: '10.0.0.5/32' } }], ports: tcp(6380) }],
  ['an IPv6 address', 'fd00::5', { to: [{ ipBlock: { cidr: 'fd00::5/128' } }], ports: tcp(6380) }],
  ['a host name', 'redis.example.com', { ports: tcp(6380) }],
])('an external store under %s', (_, host, rule) => {
  const external = (chart: Chart) => ({ redis: RedisStore.external(chart, 'redis', { host, port: 6380 }) });
  expect(rules(external)).toEqual([...DNS, rule]);
});

test('the stores of queues that are waited for are reached, too, each once', () => {
  const stages = (chart: Chart) => {
    const redis = RedisStore.external(chart, 'redis', { host: '10.0.0.5' });
    const other = RedisStore.external(chart, 'other', { host: '10.0.0.6' });
    const after = [
      { queueName: 'a', redis },
      { queueName: 'b', redis: other },
      { queueName: 'c', redis: other },
    ];
    return { redis, after };
  };
  const to = (host: string) => ({ to: [{ ipBlock: { cidr: `${host}/32` } }], ports: tcp(6379) });
  expect(rules(stages)).toEqual([...DNS, to('10.0.0.5'), to('10.0.0.6')]);
});

test('rules of its own are added, with the protocol that Kubernetes would fill in', () => {
  const external = (chart: Chart) => ({
    redis: RedisStore.external(chart, 'redis', { host: '10.0.0.5' }),
    egressRules: [
      { ports: [{ port: 443 }] },
      { to: [{ podSelector: {} }] },
      { to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 9000, endPort: 9010, protocol: 'UDP' }] },
    ],
  });
  expect(rules(external).slice(3)).toEqual([
    { ports: tcp(443) },
    { to: [{ podSelector: {} }] },
    { to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 9000, endPort: 9010, protocol: 'UDP' }] },
  ]);
});
