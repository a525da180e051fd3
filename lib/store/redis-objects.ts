import { ApiObject, Lazy, Size } from 'cdk8s';
import { checkMadeName, nameSyntax, SERVICE_NAME, STATEFUL_SET_NAME } from '../kubernetes/kubernetes-syntax';
import { descriptiveLabels, type Labels, STORE_LABEL } from '../kubernetes/labels';
import { renderPlacement } from '../kubernetes/placement';
import { inMebibytes, memoryQuantity } from '../kubernetes/quantity';
import { type Manifest, podSecurityContext } from '../kubernetes/restricted-pod';
import { REDIS_IDS, REDIS_PORT } from './redis-server';
import type { RedisStore } from './redis-store';
import type { MadeRedisProps, PersistentRedisProps, RedisPodProps } from './redis-store-props';

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
    spec: { ...podSpec(props, container), volumes: [{ name: 'data', emptyDir: {} }] },
  });
  checkMadeName(store, 'podName', pod.name, nameSyntax(), 'Set it: RedisStore.pod(chart, "redis", { podName }).');
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
  const pod = podSpec(props, container);
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
  const fix = 'Set it: RedisStore.persistent(chart, "redis", { statefulSetName }).';
  checkMadeName(store, 'statefulSetName', statefulSet.name, STATEFUL_SET_NAME, fix);
  return statefulSet;
}

function storageFor(memory: Size): Size {
  return Size.mebibytes(Math.max(1024, 2 * inMebibytes(memory)));
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
  const fix = 'Set it: RedisStore.pod(chart, "redis", { serviceName }).';
  checkMadeName(store, 'serviceName', service.name, SERVICE_NAME, fix);
  return service;
}

function podSpec(props: MadeRedisProps, container: Manifest): Manifest {
  return {
    ...renderPlacement(props),
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
