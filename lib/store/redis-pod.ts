import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import {
  checkMadeName,
  evictionAnnotations,
  type Manifest,
  metadataOf,
  nameSyntax,
  podSecurityContext,
  renderPlacement,
} from '../kubernetes';
import { REDIS_IDS, redisServer } from './redis-server';
import type { MadeRedisProps, RedisPodProps } from './redis-store-props';

/** The Pod of `RedisStore.pod`. */
export function redisPod(store: Construct, props: RedisPodProps): ApiObject {
  const pod = new ApiObject(store, 'Resource', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadataOf(props.podName), annotations: evictionAnnotations(props.evictable) },
    spec: { ...redisPodSpec(props), volumes: [{ name: 'data', emptyDir: {} }] },
  });
  checkMadeName(store, 'podName', pod.name, nameSyntax(), 'Set it: RedisStore.pod(chart, "redis", { podName }).');
  return pod;
}

/** The pod of a made store, without the volume `data`. */
export function redisPodSpec(props: MadeRedisProps): Manifest {
  return {
    ...renderPlacement(props),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurityContext(REDIS_IDS),
    containers: [redisServer(props)],
  };
}
