import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { checkMadeName, metadataOf, SERVICE_NAME } from '../kubernetes';
import { redisSelector } from './redis-labels';
import { REDIS_PORT } from './redis-server';
import type { MadeRedisProps } from './redis-store-props';

/** The Service of a made store. Its name is the store's host, and in its own selector. */
export function redisService(store: Construct, { serviceName }: MadeRedisProps): ApiObject {
  const service: ApiObject = new ApiObject(store, 'Service', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(serviceName),
    spec: {
      selector: Lazy.any({ produce: () => redisSelector(service.name) }),
      // A mesh that knows the protocol of Redis by the port's name may take its transactions and scripts apart.
      ports: [{ name: 'redis', port: REDIS_PORT, targetPort: 'redis', appProtocol: 'tcp' }],
    },
  });
  const fix = 'Set it: RedisStore.pod(chart, "redis", { serviceName }).';
  checkMadeName(store, 'serviceName', service.name, SERVICE_NAME, fix);
  return service;
}
