import { Duration, Testing } from 'cdk8s';
import { ENV } from '../../worker/contract';
import { RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps, SpotNodes } from '..';

type Props = Partial<RedisWorkQueueJobProps>;

/** The manifests of a chart with one queue. */
function synth(props: Props = {}, store: (of: ReturnType<typeof Testing.chart>) => Props = () => ({})) {
  const of = Testing.chart();
  new RedisWorkQueueJob(of, 'fruit', { queueName: 'q', image: 'worker', jobName: 'fruit', ...props, ...store(of) });
  return Testing.synth(of);
}

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;
const named = (objects: Manifest[], kind: string, name = 'fruit') =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);
const podOf = (objects: Manifest[]) => named(objects, 'Job').spec.template.spec;
const graceOf = (objects: Manifest[]) => {
  const { terminationGracePeriodSeconds, containers } = podOf(objects);
  const { env } = containers[0] as { env: { name: string; value: string }[] };
  return [terminationGracePeriodSeconds, env.find(({ name }) => name === ENV.grace)?.value];
};
const LOST_NODE = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) =>
  expect.objectContaining({ key }),
);

const gke = { key: 'cloud.google.com/gke-spot', value: 'true' };
const aks = { key: 'kubernetes.azure.com/scalesetpriority', value: 'spot' };

describe.each([
  [SpotNodes.GKE, gke, [{ ...gke, operator: 'Equal', effect: 'NoSchedule' }], 15],
  [SpotNodes.EKS, { key: 'eks.amazonaws.com/capacityType', value: 'SPOT' }, [], 120],
  [SpotNodes.KARPENTER, { key: 'karpenter.sh/capacity-type', value: 'spot' }, [], 120],
  [SpotNodes.AKS, aks, [{ ...aks, operator: 'Equal', effect: 'NoSchedule' }], 30],
])('on spot nodes of %s', (spot, { key, value }, tolerations, notice) => {
  test('workers ask for the label, tolerate the taint, and have the notice for their grace period', () => {
    const objects = synth({ spot });
    expect(podOf(objects)).toMatchObject({
      nodeSelector: { [key]: value },
      tolerations: [...tolerations, ...LOST_NODE],
    });
    expect(graceOf(objects)).toEqual([notice, String(notice * 1000)]);
  });

  test.each([
    ['items', { items: ['a'] }],
    ['a filler', { filler: { image: 'filler' } }],
  ])('the fill of %s, the store and all else are as without', (_, fill) => {
    const others = (more: Props) => synth({ ...fill, ...more }).filter((object) => object !== undefined);
    const isWorker = ({ kind, metadata }: Manifest) => kind === 'Job' && metadata.name === 'fruit';
    expect(others({ spot }).filter((each) => !isWorker(each))).toEqual(others({}).filter((each) => !isWorker(each)));
  });

  test('what is for workers, fill and store alike goes along', () => {
    const gpu = { key: 'gpu', operator: 'Exists' };
    const objects = synth({ spot, nodeSelector: { arch: 'arm64' }, tolerations: [gpu], items: ['a'] });
    expect(podOf(objects)).toMatchObject({
      nodeSelector: { arch: 'arm64', [key]: value },
      tolerations: [gpu, ...tolerations, ...LOST_NODE],
    });
    for (const pod of [
      named(objects, 'Job', 'fruit-fill').spec.template.spec,
      named(objects, 'Pod', 'fruit-redis').spec,
    ])
      expect(pod.nodeSelector).toEqual({ arch: 'arm64' });
  });

  test('another value of the label is refused, and the same one is not', () => {
    expect(() => synth({ spot, nodeSelector: { [key]: 'other' } })).toThrow(
      `nodeSelector["${key}"] is "other". \`spot\` puts the workers on nodes where it is ${JSON.stringify(value)}.`,
    );
    expect(podOf(synth({ spot, nodeSelector: { [key]: value } })).nodeSelector).toEqual({ [key]: value });
  });

  test('a grace period that is given stays', () => {
    expect(graceOf(synth({ spot, terminationGracePeriod: Duration.seconds(0) }))).toEqual([0, '0']);
    expect(graceOf(synth({ spot, terminationGracePeriod: Duration.minutes(5) }))).toEqual([300, '300000']);
  });
});

test('without spot nodes, nothing is said of nodes and grace', () => {
  expect(podOf(synth())).not.toHaveProperty('nodeSelector');
  expect(podOf(synth()).tolerations).toEqual(LOST_NODE);
  expect(graceOf(synth())).toEqual([undefined, undefined]);
});

const KEPT = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false', 'karpenter.sh/do-not-disrupt': 'true' };

test('workers that are not evictable say so to both autoscalers, and so does the store that is made for them', () => {
  const objects = synth({ evictable: false, items: ['a'], podAnnotations: { note: 'a' } });
  expect(named(objects, 'Job').spec.template.metadata.annotations).toEqual({ note: 'a', ...KEPT });
  expect(named(objects, 'Pod', 'fruit-redis').metadata.annotations).toEqual(KEPT);
  expect(named(objects, 'Job', 'fruit-fill').spec.template.metadata).not.toHaveProperty('annotations');
});

test.each([true, undefined])('evictable: %s says nothing', (evictable) => {
  const objects = synth({ evictable });
  expect(named(objects, 'Job').spec.template.metadata).not.toHaveProperty('annotations');
  expect(named(objects, 'Pod', 'fruit-redis').metadata).not.toHaveProperty('annotations');
});

test('a store that is given has a word of its own', () => {
  for (const [evictable, annotations] of [[false, KEPT] as const, [true, undefined] as const, [undefined, undefined]]) {
    const own = { serviceName: 'redis', evictable };
    const pod = synth({}, (of) => ({ redis: RedisStore.pod(of, 'redis', { ...own, podName: 'redis' }) }));
    expect(named(pod, 'Pod', 'redis').metadata.annotations).toEqual(annotations);
    const set = synth({}, (of) => ({
      redis: RedisStore.persistent(of, 'redis', { ...own, statefulSetName: 'redis' }),
    }));
    expect(named(set, 'StatefulSet', 'redis').spec.template.metadata.annotations).toEqual(annotations);
  }
  const given = synth({ evictable: false }, (of) => ({ redis: RedisStore.pod(of, 'redis', { podName: 'redis' }) }));
  expect(named(given, 'Pod', 'redis').metadata).not.toHaveProperty('annotations');
});

test.each(Object.entries(KEPT))('an annotation that contradicts it is refused: %s', (key, value) => {
  const other = value === 'true' ? 'false' : 'true';
  expect(() => synth({ evictable: false, podAnnotations: { [key]: other } })).toThrow(
    `podAnnotations["${key}"] is "${other}". \`evictable: false\` sets it to "${value}". Remove one of them.`,
  );
  for (const props of [{ evictable: false, podAnnotations: { [key]: value } }, { podAnnotations: { [key]: other } }]) {
    expect(() => synth(props)).not.toThrow();
  }
});
