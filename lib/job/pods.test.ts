import { join } from 'node:path';
import { type Chart, Testing } from 'cdk8s';
import { podProps } from '../../test/pod-props';
import { FillJob, InvalidPropError, type PodProps, RedisStore, RedisWorkQueueJob } from '..';

// Props of pods: which pods each of them reaches, on a Job that makes its store and its fill.

const ENTRY = join(__dirname, '../../examples/walkthrough/worker.ts');

type Props = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;

const FILLS: [string, Props][] = [
  ['items', { items: ['a'] }],
  ['a filler', { filler: { image: 'filler' } }],
];

function synth(props: (of: Chart) => Props): Manifest[] {
  const of = Testing.chart();
  new RedisWorkQueueJob(of, 'fruit', { queueName: 'q', jobName: 'fruit', image: 'worker', ...props(of) } as never);
  return Testing.synth(of);
}

const named = (objects: Manifest[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

/** The pods of workers, fill and store: metadata and spec. */
function podsOf(objects: Manifest[]) {
  const { metadata, spec } = named(objects, 'Pod', 'fruit-redis');
  return {
    workers: named(objects, 'Job', 'fruit').spec.template,
    fill: named(objects, 'Job', 'fruit-fill').spec.template,
    store: { metadata, spec },
  };
}

/** Which pods differ. */
function differing(before: Manifest[], after: Manifest[]): string[] {
  const [one, other] = [podsOf(before), podsOf(after)];
  const names = ['workers', 'fill', 'store'] as const;
  return names.filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]));
}

const ALL = ['workers', 'fill', 'store'];
const WORKERS = ['workers'];

/** Which pods have each prop of the workers. */
const REACH: { readonly [Name in keyof Required<PodProps>]: string[] } = {
  nodeSelector: ALL,
  tolerations: ALL,
  affinity: WORKERS,
  topologySpreadConstraints: WORKERS,
  priorityClassName: ALL,
  runtimeClassName: WORKERS,
  schedulerName: ALL,
  dnsPolicy: ALL,
  dnsConfig: ALL,
  hostAliases: ALL,
  hostUsers: ALL,
  imagePullSecrets: ALL,
  idsFromNamespace: ALL,
  podSecurityContext: WORKERS,
  podLabels: WORKERS,
  podAnnotations: WORKERS,
};

const one = (of: Chart, name: keyof PodProps): Props => ({
  [name]: name === 'dnsPolicy' ? 'Default' : podProps(of)[name],
});

describe.each(FILLS)('filled by %s', (_, fill) => {
  const names = Object.entries(REACH) as [keyof PodProps, string[]][];

  test.each(names)('%s of the workers reaches %j', (name, pods) => {
    const before = synth(() => fill);
    expect(
      differing(
        before,
        synth((of) => ({ ...fill, ...one(of, name) })),
      ),
    ).toEqual(pods);
  });

  test.each(names)('%s of the fillPod reaches the fill alone', (name) => {
    const before = synth(() => fill);
    expect(
      differing(
        before,
        synth((of) => ({ ...fill, fillPod: one(of, name) })),
      ),
    ).toEqual(['fill']);
  });

  test('a prop of the fillPod takes the place of that of the workers', () => {
    const { workers, fill: filling } = podsOf(
      synth(() => ({ ...fill, nodeSelector: { a: '1' }, schedulerName: 'one', fillPod: { nodeSelector: { b: '2' } } })),
    );
    expect(workers.spec).toMatchObject({ nodeSelector: { a: '1' }, schedulerName: 'one' });
    expect(filling.spec).toMatchObject({ nodeSelector: { b: '2' }, schedulerName: 'one' });
  });
});

test('terms of pods without a labelSelector mean the workers, and no other pods', () => {
  const term = { topologyKey: 'kubernetes.io/hostname' };
  const zone = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' };
  const terms = {
    requiredDuringSchedulingIgnoredDuringExecution: [term],
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }],
  };
  const { workers, fill, store } = podsOf(
    synth(() => ({
      items: ['a'],
      affinity: { podAffinity: terms, podAntiAffinity: terms },
      topologySpreadConstraints: [zone],
      podLabels: { 'app.kubernetes.io/component': 'thumbnails' },
    })),
  );
  const { affinity, topologySpreadConstraints } = workers.spec;
  const selectors = [
    ...[affinity.podAffinity, affinity.podAntiAffinity].flatMap((each) => [
      ...each.requiredDuringSchedulingIgnoredDuringExecution,
      ...each.preferredDuringSchedulingIgnoredDuringExecution.map((preferred: Manifest) => preferred.podAffinityTerm),
    ]),
    ...topologySpreadConstraints,
  ].map(({ labelSelector }) => labelSelector.matchLabels);
  expect(selectors).toHaveLength(5);
  for (const selector of selectors) {
    expect(Object.keys(selector).length).toBeGreaterThan(0);
    expect(workers.metadata.labels).toMatchObject(selector);
    for (const { metadata } of [fill, store]) expect(metadata.labels).not.toMatchObject(selector);
  }
});

test('a term with a selector keeps it, also an empty one', () => {
  const zone = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' };
  const of = (labelSelector: object) =>
    podsOf(synth(() => ({ items: ['a'], topologySpreadConstraints: [{ ...zone, labelSelector }] }))).workers.spec
      .topologySpreadConstraints[0].labelSelector;
  expect(of({})).toEqual({});
  expect(of({ matchLabels: { team: 'fruit' } })).toEqual({ matchLabels: { team: 'fruit' } });
});

describe('ids', () => {
  const idsOf = ({ spec }: Manifest) => {
    const { runAsUser, runAsGroup, fsGroup } = spec.securityContext;
    return [runAsUser, runAsGroup, fsGroup];
  };
  const NONE = [undefined, undefined, undefined];
  const WORKER = [1000, 1000, 1000];
  const REDIS = [999, 999, 999];
  const store = (idsFromNamespace: boolean) => (of: Chart) => ({
    redis: RedisStore.pod(of, 'redis', { podName: 'fruit-redis', serviceName: 'fruit-redis', idsFromNamespace }),
  });

  test.each<[string, (of: Chart) => Props, { workers: unknown; items: unknown; filler: unknown; store: unknown }]>([
    ['those of the images', () => ({}), { workers: WORKER, items: REDIS, filler: WORKER, store: REDIS }],
    ['of the namespace', () => ({ idsFromNamespace: true }), { workers: NONE, items: NONE, filler: NONE, store: NONE }],
    ['of the namespace, as the store says', store(true), { workers: NONE, items: NONE, filler: NONE, store: NONE }],
    [
      'of their own, on a store that has those of the namespace',
      (of) => ({ ...store(true)(of), user: 7 }),
      { workers: [7, 1000, 1000], items: NONE, filler: [7, 1000, 1000], store: NONE },
    ],
    [
      'of the images, on a store that has those of the namespace',
      (of) => ({ ...store(true)(of), idsFromNamespace: false }),
      { workers: WORKER, items: REDIS, filler: WORKER, store: NONE },
    ],
    [
      'of the namespace, on a store that has its own',
      (of) => ({ ...store(false)(of), idsFromNamespace: true }),
      { workers: NONE, items: NONE, filler: NONE, store: REDIS },
    ],
    [
      'of the namespace for the fill alone',
      () => ({ user: 7, fillPod: { idsFromNamespace: true } }),
      { workers: [7, 1000, 1000], items: NONE, filler: NONE, store: REDIS },
    ],
  ])('%s', (_, props, expected) => {
    const [items, filler] = FILLS.map(([, fill]) => podsOf(synth((of) => ({ ...fill, ...props(of) }))));
    expect({
      workers: idsOf(items?.workers),
      items: idsOf(items?.fill),
      filler: idsOf(filler?.fill),
      store: idsOf(items?.store),
    }).toEqual(expected);
  });

  test('of a namespace are named nowhere, and no pod may be root all the same', () => {
    const of = Testing.chart();
    const redis = RedisStore.persistent(of, 'redis', { idsFromNamespace: true });
    new RedisWorkQueueJob(of, 'one', { queueName: 'job2', entry: ENTRY, filler: { entry: ENTRY }, redis, gate: true });
    new RedisWorkQueueJob(of, 'two', { queueName: 'two', image: 'worker', items: ['a'], idsFromNamespace: true });
    new FillJob(of, 'three', { name: 'three', queueName: 'three', items: ['a'], redis });
    const manifests = Testing.synth(of);
    const pods = manifests
      .map((each: Manifest) => each.spec?.template?.spec ?? each.spec)
      .filter((spec: Manifest) => spec?.containers);
    expect(pods).toHaveLength(7);
    for (const pod of pods) {
      expect(pod.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(JSON.stringify(pod)).not.toMatch(/runAsUser|runAsGroup|fsGroup/);
    }
  });

  test.each<[string, Props, RegExp]>([
    ['user', { user: 7 }, /user is 7\. `idsFromNamespace` leaves it to the namespace\. Remove one of them\./],
    ['group', { group: 7 }, /group is 7\. `idsFromNamespace`/],
    ['fsGroup', { fsGroup: 7 }, /fsGroup is 7\. `idsFromNamespace`/],
    [
      'an id in the security context',
      { podSecurityContext: { fsGroup: 7 } },
      /podSecurityContext\.fsGroup is 7\. `idsFromNamespace`/,
    ],
  ])('of the namespace are refused beside %s', (_, props, message) => {
    const make = () => synth(() => ({ idsFromNamespace: true, ...props }));
    expect(make).toThrow(message);
    expect(make).toThrow(InvalidPropError);
  });

  test('of the namespace for the fill alone are refused to the filler alone', () => {
    const securityContext = { runAsUser: 7 };
    const of = (filler: Props) => () =>
      synth(() => ({ securityContext, filler: { image: 'filler', ...filler }, fillPod: { idsFromNamespace: true } }));
    expect(of({})).not.toThrow();
    expect(of({ securityContext })).toThrow(/filler\.securityContext\.runAsUser is 7\. /);
  });

  test('given twice are refused, and once are as given', () => {
    const of = (props: Props) => podsOf(synth(() => ({ items: ['a'], ...props }))).workers;
    expect(() => of({ user: 7, podSecurityContext: { runAsUser: 8 } })).toThrow(
      /podSecurityContext\.runAsUser is 8\. It is `user`, too, which is 7\. Remove one of them\./,
    );
    expect(idsOf(of({ podSecurityContext: { runAsUser: 8 } }))).toEqual([8, 1000, 1000]);
  });
});

describe('the metadata of Jobs', () => {
  const jobs = (props: Props) => {
    const objects = synth(() => ({ items: ['a'], ...props }));
    return objects.filter(({ kind }) => kind === 'Job');
  };
  const SYNC = 'argocd.argoproj.io/sync-options';

  test('labels and annotations are those of both Jobs, and not of their pods', () => {
    const made = jobs({
      jobLabels: { team: 'fruit', 'app.kubernetes.io/name': 'mine' },
      jobAnnotations: { note: 'a' },
    });
    expect(made).toHaveLength(2);
    for (const { metadata, spec } of made) {
      expect(metadata.labels).toMatchObject({ team: 'fruit', 'app.kubernetes.io/name': 'mine' });
      expect(metadata.annotations).toMatchObject({ note: 'a', [SYNC]: 'Force=true,Replace=true' });
      expect(spec.template.metadata.labels).not.toHaveProperty('team');
      expect(spec.template.metadata.annotations).toBeUndefined();
    }
  });

  test('options for Argo CD may be added to those that a Job of a given name needs', () => {
    const options = 'Prune=false, Replace=true,Force=true';
    for (const { metadata } of jobs({ jobAnnotations: { [SYNC]: options } })) {
      expect(metadata.annotations[SYNC]).toBe(options);
    }
    expect(() => jobs({ jobAnnotations: { [SYNC]: 'Replace=true' } })).toThrow(
      /test\/fruit: jobAnnotations\["argocd\.argoproj\.io\/sync-options"\] is "Replace=true"\. .*"Force=true,Replace=true"/,
    );
    expect(() => jobs({ jobAnnotations: { 'kustomize.toolkit.fluxcd.io/force': 'disabled' } })).toThrow(
      /is "disabled"\. A changed Job of this name has to be replaced, so it must have "enabled"/,
    );
  });

  test('a Job whose name follows from its pods takes any', () => {
    for (const { metadata } of jobs({ jobName: undefined, jobAnnotations: { [SYNC]: 'Prune=false' } })) {
      expect(metadata.annotations).toEqual({ [SYNC]: 'Prune=false' });
    }
  });
});

test.each(['pod', 'persistent'] as const)('labels and annotations of a store are those of its pod: %s', (kind) => {
  const of = Testing.chart();
  const podLabels = { team: 'fruit', 'app.kubernetes.io/name': 'mine' };
  RedisStore[kind](of, 'redis', { podLabels, podAnnotations: { note: 'a' }, evictable: false });
  const objects = Testing.synth(of);
  const server = objects.find((object: Manifest) => ['Pod', 'StatefulSet'].includes(object.kind));
  const pod = server.spec.template ?? server;
  expect(pod.metadata.labels).toMatchObject(podLabels);
  expect(pod.metadata.annotations).toMatchObject({ note: 'a', 'karpenter.sh/do-not-disrupt': 'true' });
  for (const object of objects.filter((each: Manifest) => each !== pod)) {
    expect(object.metadata.labels).not.toHaveProperty('team');
    expect(object.metadata.annotations).toBeUndefined();
  }
});

test('a store refuses an annotation that contradicts it', () => {
  const podAnnotations = { 'karpenter.sh/do-not-disrupt': 'false' };
  expect(() => RedisStore.pod(Testing.chart(), 'redis', { podAnnotations, evictable: false })).toThrow(
    /podAnnotations\["karpenter\.sh\/do-not-disrupt"\] is "false"\. `evictable: false` sets it to "true"/,
  );
});
