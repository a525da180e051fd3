import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { annotationsOfPod, checkMadeName, type Manifest, metadataOf, nameSyntax, podFields } from '../kubernetes';
import { redisSelector } from './redis-labels';
import { REDIS_IDS, redisServer } from './redis-server';
import type { MadeRedisProps, RedisPodProps } from './redis-store-props';
import { certificateVolumes } from './server-certificate';
import { metricsOfPod } from './store-metrics';

/**
 * The Pod of `RedisStore.pod`.
 *
 * @param serviceName asked at synth, because the Service is made after it
 */
export function redisPod(store: Construct, props: RedisPodProps, serviceName: () => string): ApiObject {
  const pod = new ApiObject(store, 'Resource', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadataOf(props.podName), annotations: annotationsOfPod(props) },
    spec: Lazy.any({
      produce: () => {
        const { volumes = [], ...spec } = redisPodSpec(props, serviceName());
        return { ...spec, volumes: [{ name: 'data', emptyDir: {} }, ...(volumes as Manifest[])] };
      },
    }),
  });
  checkMadeName(store, 'podName', pod.name, nameSyntax(), 'Set it: RedisStore.pod(chart, "redis", { podName }).');
  return pod;
}

/** The pod of a made store, without the volume `data`. */
export function redisPodSpec(props: MadeRedisProps, serviceName: string): Manifest {
  const ids = props.idsFromNamespace ? undefined : REDIS_IDS;
  const metrics = metricsOfPod(props, serviceName);
  const volumes = [...(props.tls ? certificateVolumes(props.tls) : []), ...metrics.volumes];
  return {
    ...podFields(props, { ids, selector: redisSelector(serviceName) }),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    initContainers: metrics.initContainers,
    containers: [redisServer(props)],
    ...(volumes.length > 0 && { volumes }),
  };
}
