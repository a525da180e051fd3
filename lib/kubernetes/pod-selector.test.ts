import { Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { InvalidPropError, RedisStore, RedisWorkQueueJob } from '..';

const newChart = (namespace?: string) => new Chart(Testing.app(), 'test', { namespace });
const find = (chart: Chart, kind: string, name: RegExp) =>
  Testing.synth(chart).find((object) => object.kind === kind && name.test(object.metadata.name));

function fruit(chart: Chart): RedisWorkQueueJob {
  return new RedisWorkQueueJob(chart, 'fruit', { jobName: 'fruit', queueName: 'fruit', image: 'worker', items: ['a'] });
}

test('the labels of a selector are those of the pods, and of no other pods', () => {
  const chart = newChart();
  const { podSelector, fill, redis } = fruit(chart);
  const labels = (kind: string, name: string) => {
    const { metadata, spec } = find(chart, kind, new RegExp(`^${name}$`));
    return (spec.template?.metadata ?? metadata).labels;
  };
  const pods = {
    fruit: labels('Job', 'fruit'),
    fill: labels('Job', 'fruit-fill'),
    redis: labels('Pod', 'fruit-redis'),
  };
  for (const [name, selector] of Object.entries({
    fruit: podSelector,
    fill: fill?.podSelector,
    redis: redis.podSelector,
  })) {
    const [[key, value], ...more] = Object.entries(selector ?? {}) as [[string, string], ...unknown[]];
    expect(more).toEqual([]);
    expect(key).toMatch(/^cdk8s-redis-work-queue\//);
    expect(Object.entries(pods).flatMap(([pod, labels]) => (labels[key] === value ? [pod] : []))).toEqual([name]);
  }
});

test('the selector of a Job without a name has no hash, which changes with its pods', () => {
  const job = (id: string, image: string) => {
    const made = new RedisWorkQueueJob(new Chart(Testing.app(), 'test'), id, { queueName: 'q', image });
    return [made.job.name, made.podSelector] as const;
  };
  const [[one, selector], [other, sameSelector]] = [job('fruit', 'worker:1'), job('fruit', 'worker:2')];
  expect(one).not.toBe(other);
  expect(sameSelector).toEqual(selector);
});

test('cdk8s-plus takes a Job and a store for selectors and peers of its policies', () => {
  const chart = newChart('batch');
  const job = fruit(chart);
  const policy = new kplus.NetworkPolicy(chart, 'policy', { metadata: { name: 'mine' }, selector: job });
  policy.addEgressRule(job.redis, [kplus.NetworkPolicyPort.tcp(job.redis.port)]);
  policy.addIngressRule(job);
  const selected = (labels: object) => ({
    podSelector: { matchLabels: labels },
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'batch' } },
  });
  expect(find(chart, 'NetworkPolicy', /^mine$/)).toMatchObject({
    metadata: { namespace: 'batch' },
    spec: {
      podSelector: { matchLabels: job.podSelector },
      egress: [{ to: [selected(job.redis.podSelector)], ports: [{ port: 6379, protocol: 'TCP' }] }],
      ingress: [{ from: [selected(job.podSelector)] }],
      policyTypes: ['Egress', 'Ingress'],
    },
  });
});

test('cdk8s-plus takes them for connections, Services and scheduling', () => {
  const chart = newChart();
  const job = fruit(chart);
  const api = new kplus.Deployment(chart, 'api', { metadata: { name: 'api' }, containers: [{ image: 'api' }] });
  api.connections.allowTo(job.redis);
  api.scheduling.colocate(job);
  const service = new kplus.Service(chart, 'service', { metadata: { name: 'worker' }, ports: [{ port: 80 }] });
  service.select(job);
  expect(find(chart, 'Service', /^worker$/).spec.selector).toEqual(job.podSelector);
  const { affinity } = find(chart, 'Deployment', /^api$/).spec.template.spec;
  const [term] = affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution
    ? affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution.map(
        ({ podAffinityTerm }: { podAffinityTerm: object }) => podAffinityTerm,
      )
    : affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  expect(term).toMatchObject({ labelSelector: { matchLabels: job.podSelector } });
  const policies = Testing.synth(chart).filter(({ kind }) => kind === 'NetworkPolicy');
  expect(policies.map(({ spec }) => spec.podSelector.matchLabels)).toContainEqual(job.redis.podSelector);
});

test.each([
  ['10.0.0.5', '10.0.0.5/32'],
  ['fd00::5', 'fd00::5/128'],
])('an external store at %s is an address to a policy', (host, cidr) => {
  const chart = newChart();
  const redis = RedisStore.external(chart, 'redis', { host });
  const policy = new kplus.NetworkPolicy(chart, 'policy', { selector: kplus.Pods.all(chart, 'all') });
  policy.addEgressRule(redis);
  expect(find(chart, 'NetworkPolicy', /./).spec.egress[0].to).toEqual([{ ipBlock: { cidr } }]);
  expect(redis.toPodSelector()).toBeUndefined();
  expect(() => redis.toPodSelectorConfig()).toThrow(InvalidPropError);
});

test('an external store under a name is neither, and says so', () => {
  const redis = RedisStore.external(newChart(), 'redis', { host: 'redis.example.com' });
  expect(() => redis.toNetworkPolicyPeerConfig()).toThrow(
    /test\/redis: host is "redis\.example\.com"\. It is outside of this chart, and labels select no pod/,
  );
});
