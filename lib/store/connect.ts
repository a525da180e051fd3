import { isDeepStrictEqual } from 'node:util';
import { ApiObject } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { CLIENT_LABEL } from '../kubernetes';
import { At, isRecord, list, name, readAs, shape } from '../props';
import { checkNamespace } from './check-namespace';
import type { ClientContainer, ClientNeeds, ClientPod } from './client-pod';
import { brokenList, manifestPod } from './manifest-pod';
import { isPlusWorkload, plusPod } from './plus-pod';
import { connectionMounts, connectionVolumes, type RedisConnectionSpec, workerConnection } from './redis-connection';
import type { RedisStoreSpec } from './redis-store-spec';

/** Options of `RedisStore.connect`. */
export interface ConnectOptions {
  /**
   * Names of the containers that get the variables; init containers too, where they are named.
   *
   * @default - all containers that the workload has by now, without its init containers
   * @example containers: ['api']
   */
  readonly containers?: string[];
}

/** What `RedisStore.connect` has seen to. */
export interface RedisConnection {
  /** Names of the containers that have the variables. */
  readonly containers: string[];
  /** Names of the variables: `REDIS_URL`, and those that the store asks for. */
  readonly variables: string[];
  /** Labels of the pods, by which the NetworkPolicy of the store lets them in. */
  readonly labels: { readonly [key: string]: string };
  /**
   * Name of the volume that holds the authorities of the store.
   *
   * @default - none: the store has no `certificateAuthorities`
   */
  readonly volume?: string;
}

/** A store, as far as others connect to it. */
type Store = Construct & RedisConnectionSpec & Pick<RedisStoreSpec, 'clientLabels' | 'serviceLinks' | 'service'>;

const OPTIONS = shape<ConnectOptions>({
  of: 'connect',
  like: '{ containers: ["api"] }',
  props: { containers: { is: list(name, 'an array of names of containers: ["api"]') } },
  foreign: { container: 'It is a list: containers: ["api"].' },
});

/** Connects the pods of a workload to a store. Everything is checked before anything is changed. */
export function connect(redis: Store, workload: IConstruct, options: ConnectOptions): RedisConnection {
  const at = new At(redis, redis.node.path, 'workload');
  const pod = podOf(workload, at);
  checkNamespace(redis, at.as('redis'), {
    construct: workload,
    called: workload.node.path,
    ...(pod.namespace !== undefined && { namespace: pod.namespace }),
  });
  const containers = chosen(pod, readAs(OPTIONS, options, at.as('')), at);
  const needs: ClientNeeds = {
    labels: redis.clientLabels,
    variables: workerConnection(redis),
    volumes: connectionVolumes(redis),
    mounts: connectionMounts(redis),
  };
  checkPod(pod, needs, redis, at);
  for (const container of containers) checkContainer(container, needs, redis, at);
  const names = containers.map(({ name }) => name);
  pod.give(needs, names);
  // A pod that starts before the Service does not get its variables.
  if (redis.serviceLinks && redis.service) workload.node.addDependency(redis.service);
  return {
    containers: names,
    variables: needs.variables.map(({ name }) => String(name)),
    labels: needs.labels,
    ...(needs.volumes[0] && { volume: String(needs.volumes[0].name) }),
  };
}

const A_WORKLOAD =
  'It must be what pods are made of: a kplus.Deployment, StatefulSet, DaemonSet, Pod, Job or CronJob, or an ApiObject with ' +
  'a pod or a template of one';

function podOf(workload: unknown, at: At): ClientPod {
  if (isPlusWorkload(workload)) return plusPod(workload);
  const { node } = (isRecord(workload) ? workload : {}) as Partial<IConstruct>;
  if (typeof node?.path !== 'string') throw at.refusal(workload, `${A_WORKLOAD}.`);
  const object = ApiObject.isApiObject(workload) ? workload : node.defaultChild;
  if (!ApiObject.isApiObject(object)) {
    throw at.refusal(
      workload,
      `${A_WORKLOAD}. Of a construct that holds several, give the one: ApiObject.of(construct), include.apiObjects[0].`,
    );
  }
  const broken = brokenList(object);
  if (broken) {
    const key = broken === 'volumeMounts' ? 'mountPath' : 'name';
    throw at.refusal(
      `a ${object.kind} whose ${broken} are no list of objects with a ${key} each`,
      `Kubernetes refuses it: it is written ${broken}: [{ ${key}: … }].`,
    );
  }
  const pod = manifestPod(object);
  if (!pod) throw at.refusal(workload, `${A_WORKLOAD}, and it is a ${object.kind} without containers.`);
  return pod;
}

function chosen(pod: ClientPod, { containers: names }: ConnectOptions, at: At): ClientContainer[] {
  const all = pod.containers.map(({ name }) => name);
  if (!names) {
    const containers = pod.containers.filter(({ isInit }) => !isInit);
    if (containers.length > 0) return containers;
    throw at.refusal('a workload without containers', 'Add its containers first, and connect it then.');
  }
  return names.map((name, index) => {
    const container = pod.containers.find((each) => each.name === name);
    if (container) return container;
    throw at
      .as('containers')
      .element(index)
      .refusal(name, `The workload has ${all.join(', ') || 'none'}.`);
  });
}

function checkPod(pod: ClientPod, { labels, volumes }: ClientNeeds, redis: Store, at: At) {
  const other = pod.label(CLIENT_LABEL);
  const own = labels[CLIENT_LABEL];
  if (other !== undefined && own !== undefined && other !== own) {
    throw at.refusal(
      `a client of ${other}`,
      `A pod is a client of one store that a chart makes, and this one is ${own}. Put the queues on one store.`,
    );
  }
  if (redis.serviceLinks && pod.serviceLinks === false) {
    throw at.refusal(
      'a workload with enableServiceLinks: false',
      'Clients find this store by the variables of its Service. Remove that, or use ServiceDiscovery.DNS.',
    );
  }
  for (const volume of volumes) {
    const there = pod.volume(String(volume.name));
    if (!there || isSame(there, volume)) continue;
    throw at.refusal(
      `a workload with a volume ${JSON.stringify(volume.name)}`,
      'What clients read of the store, such as its authorities, is on a volume of that name. Give yours another one.',
    );
  }
}

function checkContainer(container: ClientContainer, needs: ClientNeeds, redis: Store, at: At) {
  for (const variable of needs.variables) {
    const there = container.variable(String(variable.name));
    if (!there || isSame(there, variable)) continue;
    throw at.refusal(
      `a workload whose container ${JSON.stringify(container.name)} has ${variable.name}`,
      `It would be another one for ${redis.node.path}. Remove it, or leave the container out: connect(workload, { containers: [...] }).`,
    );
  }
  for (const { name, mountPath } of needs.mounts) {
    const there = container.volumeAt(String(mountPath)) ?? container.volumeAt(`${mountPath}/`);
    if (there === undefined || there === name) continue;
    throw at.refusal(
      `a workload whose container ${JSON.stringify(container.name)} mounts ${JSON.stringify(there)} at ${mountPath}`,
      'What clients read of the store, such as its authorities, is mounted there. Mount it elsewhere.',
    );
  }
}

/** Whether both are the same in a manifest. */
function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
}
