import { Chart, Duration, Testing, Yaml } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps, SpotNodes } from 'cdk8s-redis-work-queue';
import { rwq } from './rwq';

// What `explain` says of the nodes that pods run on, and of Kueue, whoever wrote the manifests.

async function explainText(yaml: string): Promise<string> {
  const { code, stdout, stderr } = await rwq(['explain', '-'], { input: yaml });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.replace(/\n {4}/g, ' ');
}

async function explain(props: Partial<RedisWorkQueueJobProps>, store?: (of: Chart) => RedisStore): Promise<string> {
  const chart = new Chart(Testing.app(), 'fruit');
  const redis = store?.(chart);
  new RedisWorkQueueJob(chart, 'job', { queueName: 'q', image: 'worker', ...(redis && { redis }), ...props });
  return explainText(Yaml.stringify(...Testing.synth(chart)));
}

/** The manifest of workers with these fields of their pod. */
const workers = (pod: object, more: object = {}, metadata: object = {}) =>
  explainText(
    JSON.stringify({
      kind: 'Job',
      metadata: { name: 'j', ...more },
      spec: {
        template: { metadata, spec: { ...pod, containers: [{ env: [{ name: 'WORK_QUEUE_NAME', value: 'q' }] }] } },
      },
    }),
  );

const TOO_LONG = /Pods have (.*) after SIGTERM, and spot nodes \((.*?)\) give them (.*?): workers are killed before/;
const tooLong = (said: string) => TOO_LONG.exec(said)?.slice(1);

describe('a grace period that is longer than the notice of spot nodes', () => {
  const gke = { 'cloud.google.com/gke-spot': 'true' };
  const term = (key: string, operator: string, values?: string[]) => ({
    matchExpressions: [{ key, operator, values }],
  });
  const required = (...nodeSelectorTerms: object[]) => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });

  test.each<[string, object, string[]]>([
    ['the default of Kubernetes', { nodeSelector: gke }, ['30 s', 'cloud.google.com/gke-spot', '15 s']],
    [
      'GKE by its newer label',
      { nodeSelector: { 'cloud.google.com/gke-provisioning': 'spot' } },
      ['30 s', 'cloud.google.com/gke-provisioning', '15 s'],
    ],
    [
      'preemptible VMs',
      { nodeSelector: { 'cloud.google.com/gke-preemptible': 'true' }, terminationGracePeriodSeconds: 16 },
      ['16 s', 'cloud.google.com/gke-preemptible', '15 s'],
    ],
    [
      'a managed node group',
      { nodeSelector: { 'eks.amazonaws.com/capacityType': 'SPOT' }, terminationGracePeriodSeconds: 600 },
      ['10 min', 'eks.amazonaws.com/capacityType', '2 min'],
    ],
    [
      'Karpenter',
      { nodeSelector: { 'karpenter.sh/capacity-type': 'spot' }, terminationGracePeriodSeconds: 121 },
      [expect.any(String) as never, 'karpenter.sh/capacity-type', '2 min'],
    ],
    [
      'AKS',
      { nodeSelector: { 'kubernetes.azure.com/scalesetpriority': 'spot' }, terminationGracePeriodSeconds: 31 },
      ['31 s', 'kubernetes.azure.com/scalesetpriority', '30 s'],
    ],
    [
      'Karpenter on AKS',
      {
        nodeSelector: { 'karpenter.sh/capacity-type': 'spot', 'kubernetes.azure.com/scalesetpriority': 'spot' },
        terminationGracePeriodSeconds: 60,
      },
      ['1 min', 'kubernetes.azure.com/scalesetpriority', '30 s'],
    ],
    [
      'affinity',
      required(term('zone', 'In', ['a']), term('cloud.google.com/gke-spot', 'Exists')),
      ['30 s', 'cloud.google.com/gke-spot', '15 s'],
    ],
    [
      'one of several values',
      {
        ...required(term('karpenter.sh/capacity-type', 'In', ['on-demand', 'spot'])),
        terminationGracePeriodSeconds: 180,
      },
      ['3 min', 'karpenter.sh/capacity-type', '2 min'],
    ],
    [
      'a preference',
      {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: term('cloud.google.com/gke-spot', 'In', ['true']) },
            ],
          },
        },
      },
      ['30 s', 'cloud.google.com/gke-spot', '15 s'],
    ],
  ])('is named: %s', async (_, pod, expected) => {
    expect(tooLong(await workers(pod))).toEqual(expected);
  });

  test.each<[string, object]>([
    ['no spot nodes', { terminationGracePeriodSeconds: 3600 }],
    [
      'other values',
      { nodeSelector: { 'karpenter.sh/capacity-type': 'on-demand' }, terminationGracePeriodSeconds: 3600 },
    ],
    ['as long as the notice', { nodeSelector: gke, terminationGracePeriodSeconds: 15 }],
    ['none at all', { nodeSelector: gke, terminationGracePeriodSeconds: 0 }],
    [
      'kept off',
      { ...required(term('karpenter.sh/capacity-type', 'NotIn', ['spot'])), terminationGracePeriodSeconds: 999 },
    ],
    ['odd YAML', { nodeSelector: [gke], affinity: { nodeAffinity: 'spot' }, terminationGracePeriodSeconds: 'long' }],
  ])('and nothing is said of: %s', async (_, pod) => {
    expect(tooLong(await workers(pod))).toBeUndefined();
  });

  test.each(Object.values(SpotNodes))('nor of what the prop makes for %s', async (spot) => {
    expect(tooLong(await explain({ spot }))).toBeUndefined();
    expect(tooLong(await explain({ spot, terminationGracePeriod: Duration.minutes(3) }))?.[0]).toBe('3 min');
  });
});

describe('a store beside workers on spot nodes', () => {
  const UNKEPT = /Nothing here keeps (\S+) \S+ off spot nodes/;
  const ON_SPOT = /(\S+) \S+ is put on spot nodes \(\S+\): with its node the store is gone(.*?)\. Give it/;
  const spot = SpotNodes.EKS;

  test('is warned of where it may land there too', async () => {
    expect(UNKEPT.exec(await explain({ spot }))?.[1]).toBe('Pod');
    expect(UNKEPT.exec(await explain({ spot, nodeSelector: { 'kubernetes.io/arch': 'arm64' } }))?.[1]).toBe('Pod');
    expect(await explain({})).not.toMatch(UNKEPT);
  });

  test('is warned of where it is put there', async () => {
    const nodeSelector = { 'eks.amazonaws.com/capacityType': 'SPOT' };
    expect(ON_SPOT.exec(await explain({ nodeSelector }))?.slice(1)).toEqual(['Pod', ', and the queue with it']);
    const said = await explain({}, (of) => RedisStore.persistent(of, 'redis', { nodeSelector }));
    expect(ON_SPOT.exec(said)?.slice(1)).toEqual(['StatefulSet', ' until it is back on another one']);
  });

  test('is fine on nodes of its own', async () => {
    const nodeSelector = { 'eks.amazonaws.com/capacityType': 'ON_DEMAND' };
    const said = await explain({ spot }, (of) => RedisStore.pod(of, 'redis', { nodeSelector }));
    expect(said).not.toMatch(UNKEPT);
    expect(said).not.toMatch(ON_SPOT);
  });
});

test('what Karpenter does not evict hears nothing of a spot node that goes', async () => {
  const DEAF = 'Karpenter does not evict pods with karpenter.sh/do-not-disrupt';
  expect(await explain({ spot: SpotNodes.KARPENTER, evictable: false })).toContain(DEAF);
  expect(await explain({ spot: SpotNodes.KARPENTER })).not.toContain(DEAF);
  expect(await explain({ spot: SpotNodes.GKE, evictable: false })).not.toContain(DEAF);
  expect(await explain({ evictable: false })).not.toContain(DEAF);
});

describe('Kueue', () => {
  const kueue = { localQueue: 'batch' };
  const WAITS = 'Kueue holds the Job back until its local queue batch has quota for it.';

  test('is named, and workers and fill wait alike', async () => {
    const said = await explain({ kueue, items: ['a'] });
    expect(said).toContain(WAITS);
    expect(said).not.toContain('stays suspended');
    expect(await explain({ items: ['a'] })).not.toContain('Kueue');
  });

  test('with a label on one of the two Jobs alone, the other one may never run', async () => {
    const label = { 'kueue.x-k8s.io/queue-name': 'batch' };
    const job = (name: string, container: string, labels: object) => ({
      kind: 'Job',
      metadata: { name, labels },
      spec: {
        template: { spec: { containers: [{ name: container, env: [{ name: 'WORK_QUEUE_NAME', value: 'q' }] }] } },
      },
    });
    const both = (ofWorkers: object, ofFill: object) =>
      explainText(
        [job('w', 'worker', ofWorkers), job('f', 'fill', ofFill)].map((each) => JSON.stringify(each)).join('\n---\n'),
      );
    expect(await both(label, {})).toMatch(/Job f in none: .* it stays suspended, and the workers end with exit 83/);
    expect(await both({}, label)).toMatch(/Job f waits in a local queue of Kueue, and the workers in none/);
    expect(await both(label, label)).not.toContain('in none');
  });
});
