import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { checkMadeName, metadataOf, SERVICE_NAME } from '../kubernetes';
import { redisSelector } from './redis-labels';
import { REDIS_PORT, SENTINEL_PORT } from './redis-server';
import type { ReplicatedRedisProps } from './replicated-redis-props';

/** The Service that gives each member of a replicated store a host name, also before it is ready. It has no address itself. */
export function memberService(store: Construct, { serviceName }: ReplicatedRedisProps): ApiObject {
  const service: ApiObject = new ApiObject(store, 'Service', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(serviceName),
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: Lazy.any({ produce: () => redisSelector(service.name) }),
      ports: [
        { name: 'redis', port: REDIS_PORT, targetPort: 'redis', appProtocol: 'tcp' },
        { name: 'sentinel', port: SENTINEL_PORT, targetPort: 'sentinel', appProtocol: 'tcp' },
      ],
    },
  });
  const fix = 'Set it: RedisStore.replicated(chart, "redis", { serviceName }).';
  checkMadeName(store, 'serviceName', service.name, SERVICE_NAME, fix);
  return service;
}
