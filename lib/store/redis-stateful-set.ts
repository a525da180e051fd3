import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { annotationsOfPod, checkMadeName, type Manifest, metadataOf, STATEFUL_SET_NAME } from '../kubernetes';
import { dataClaim } from './data-claim';
import { redisLabels, redisSelector } from './redis-labels';
import { redisPodSpec } from './redis-pod';
import type { PersistentRedisProps } from './redis-store-props';

/**
 * The StatefulSet of `RedisStore.persistent`.
 *
 * @param serviceName asked at synth, because the Service is made after it
 */
export function redisStatefulSet(store: Construct, props: PersistentRedisProps, serviceName: () => string): ApiObject {
  const statefulSet = new ApiObject(store, 'Resource', {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadataOf(props.statefulSetName),
    spec: Lazy.any({ produce: () => statefulSetSpec(store, props, serviceName()) }),
  });
  const fix = 'Set it: RedisStore.persistent(chart, "redis", { statefulSetName }).';
  checkMadeName(store, 'statefulSetName', statefulSet.name, STATEFUL_SET_NAME, fix);
  return statefulSet;
}

function statefulSetSpec(store: Construct, props: PersistentRedisProps, serviceName: string): Manifest {
  return {
    replicas: 1,
    // A pod that cannot start would block the rollout of its repair otherwise.
    podManagementPolicy: 'Parallel',
    serviceName,
    selector: { matchLabels: redisSelector(serviceName) },
    template: {
      metadata: {
        labels: { ...redisLabels(store, serviceName), ...props.podLabels },
        annotations: annotationsOfPod(props),
      },
      spec: redisPodSpec(props, serviceName),
    },
    volumeClaimTemplates: [dataClaim(props)],
  };
}
