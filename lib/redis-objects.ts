import { ApiObject, Lazy, Size, SizeRoundingBehavior } from 'cdk8s';
import { InvalidPropError } from './invalid-prop';
import { checkDottedName, checkName, checkServiceName } from './kubernetes-syntax';
import { descriptiveLabels, type Labels, STORE_LABEL } from './labels';
import { renderPlacement } from './placement';
import { memoryQuantity } from './quantity';
import { REDIS_IDS, REDIS_PORT } from './redis-server';
import type { RedisStore } from './redis-store';
import type { MadeRedisProps, PersistentRedisProps, RedisPodProps } from './redis-store-props';
import { type Manifest, podSecurityContext } from './restricted-pod';

/** By what the Service and the NetworkPolicy of a made store find its pod. */
export function redisSelector({ host }: RedisStore): Labels {
  return { [STORE_LABEL]: host };
}

/** The labels of all objects of a made store. */
export function redisLabels(store: RedisStore): Labels {
  const description = {
    'app.kubernetes.io/name': 'redis',
    'app.kubernetes.io/instance': store.host,
    'app.kubernetes.io/component': 'store',
  };
  return { ...descriptiveLabels(store, description), ...redisSelector(store) };
}

/** The Pod of `RedisStore.pod`. */
export function redisPod(store: RedisStore, props: RedisPodProps, container: Manifest): ApiObject {
  const pod = new ApiObject(store, 'Resource', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: named(props.podName),
    spec: { ...podSpec(store, props, container), volumes: [{ name: 'data', emptyDir: {} }] },
  });
  checkName(store, 'podName', pod.name, {
    fix: props.podName === undefined ? 'Set it: RedisStore.pod(chart, "redis", { podName }).' : undefined,
  });
  return pod;
}

/** The StatefulSet of `RedisStore.persistent`. */
export function redisStatefulSet(
  store: RedisStore,
  props: PersistentRedisProps,
  memory: Size,
  container: Manifest,
): ApiObject {
  const { statefulSetName, storage = storageFor(memory), storageClassName } = props;
  checkDottedName(store, 'storageClassName', storageClassName);
  if (!(storage.toMebibytes({ rounding: SizeRoundingBehavior.FLOOR }) >= 1)) {
    throw new InvalidPropError(store, 'storage', storage.asString(), 'It must be at least Size.mebibytes(1).');
  }
  const pod = podSpec(store, props, container);
  const statefulSet = new ApiObject(store, 'Resource', {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: named(statefulSetName),
    // The name of the Service is known when that is made.
    spec: Lazy.any({
      produce: () => ({
        replicas: 1,
        // A pod that cannot start would block the rollout of its repair otherwise.
        podManagementPolicy: 'Parallel',
        serviceName: store.host,
        selector: { matchLabels: redisSelector(store) },
        template: {
          metadata: { labels: redisLabels(store) },
          spec: pod,
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: {
              accessModes: ['ReadWriteOnce'],
              storageClassName,
              resources: { requests: { storage: memoryQuantity(storage) } },
            },
          },
        ],
      }),
    }),
  });
  checkName(store, 'statefulSetName', statefulSet.name, {
    maxLength: 52,
    why: ', because its pods carry a hash of the revision behind it',
    fix:
      statefulSetName === undefined ? 'Set it: RedisStore.persistent(chart, "redis", { statefulSetName }).' : undefined,
  });
  return statefulSet;
}

function storageFor(memory: Size): Size {
  return Size.mebibytes(Math.max(1024, 2 * memory.toMebibytes({ rounding: SizeRoundingBehavior.FLOOR })));
}

/** The Service of a made store. Its name is the store's host. */
export function redisService(store: RedisStore, { serviceName }: MadeRedisProps): ApiObject {
  const service = new ApiObject(store, 'Service', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: named(serviceName),
    // The name of the Service is in its own selector.
    spec: Lazy.any({
      produce: () => ({
        selector: redisSelector(store),
        ports: [{ name: 'redis', port: REDIS_PORT, targetPort: 'redis' }],
      }),
    }),
  });
  checkServiceName(store, 'serviceName', service.name, {
    fix: serviceName === undefined ? 'Set it: RedisStore.pod(chart, "redis", { serviceName }).' : undefined,
  });
  return service;
}

function podSpec(store: RedisStore, props: MadeRedisProps, container: Manifest): Manifest {
  return {
    ...renderPlacement(store, props),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurityContext(REDIS_IDS),
    containers: [container],
  };
}

/** A name that is undefined would take the place of the one that cdk8s makes from the path. */
function named(name: string | undefined) {
  return name === undefined ? {} : { name };
}
