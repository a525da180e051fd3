import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { annotationsOfPod, checkMadeName, type Manifest, metadataOf, STATEFUL_SET_NAME } from '../kubernetes';
import { dataClaim } from './data-claim';
import { redisLabels, redisSelector } from './redis-labels';
import { DEFAULT_REPLICAS, memberPodSpec } from './replicated-pod';
import type { ReplicatedRedisProps } from './replicated-redis-props';
import { certificateVolumes } from './server-certificate';

/**
 * The StatefulSet of `RedisStore.replicated`.
 *
 * @param serviceName asked at synth, because the Service is made after it
 */
export function replicatedStatefulSet(
  store: Construct,
  props: ReplicatedRedisProps,
  serviceName: () => string,
): ApiObject {
  const statefulSet: ApiObject = new ApiObject(store, 'Resource', {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadataOf(props.statefulSetName),
    spec: Lazy.any({ produce: () => specOf(store, props, { statefulSet: statefulSet.name, service: serviceName() }) }),
  });
  const fix = 'Set it: RedisStore.replicated(chart, "redis", { statefulSetName }).';
  checkMadeName(store, 'statefulSetName', statefulSet.name, STATEFUL_SET_NAME, fix);
  return statefulSet;
}

function specOf(
  store: Construct,
  props: ReplicatedRedisProps,
  names: { readonly statefulSet: string; readonly service: string },
): Manifest {
  const { replicas = DEFAULT_REPLICAS, persistent = true, tls } = props;
  const pod = memberPodSpec(props, names);
  const volumes = [
    ...(persistent ? [] : [{ name: 'data', emptyDir: {} }]),
    ...(tls ? certificateVolumes(tls) : []),
    ...((pod.volumes ?? []) as Manifest[]),
  ];
  return {
    replicas,
    // The members wait for one another at the first start. A rolling update still takes one at a time, once the last is ready.
    podManagementPolicy: 'Parallel',
    serviceName: names.service,
    selector: { matchLabels: redisSelector(names.service) },
    template: {
      metadata: {
        labels: { ...redisLabels(store, names.service), ...props.podLabels },
        annotations: annotationsOfPod(props),
      },
      spec: volumes.length > 0 ? { ...pod, volumes } : pod,
    },
    volumeClaimTemplates: persistent ? [dataClaim(props)] : undefined,
  };
}
