import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { allowClientsOnly, CLIENT_LABEL } from '../kubernetes';
import { joinStore, redisSelector } from './redis-labels';
import { redisPod } from './redis-pod';
import { DEFAULT_MEMORY, DEFAULT_REDIS_IMAGE, REDIS_PORT } from './redis-server';
import { redisService } from './redis-service';
import { redisStatefulSet } from './redis-stateful-set';
import {
  type MadeRedisProps,
  type PersistentRedisProps,
  type RedisPodProps,
  ServiceDiscovery,
} from './redis-store-props';
import type { RedisStoreSpec } from './redis-store-spec';
import { metricsObjects } from './store-metrics';

/** A Redis in a Pod. */
export function redisInPod(store: Construct, props: RedisPodProps): RedisStoreSpec {
  const pod = redisPod(store, props, () => service.name);
  const service = redisService(store, props);
  const spec = { ...reachable(store, props, pod, service), redisPod: pod };
  for (const [key, value] of Object.entries(props.podLabels ?? {})) pod.metadata.addLabel(key, value);
  return spec;
}

/** A Redis in a StatefulSet. */
export function redisInStatefulSet(store: Construct, props: PersistentRedisProps): RedisStoreSpec {
  const statefulSet = redisStatefulSet(store, props, () => service.name);
  const service = redisService(store, props);
  return { ...reachable(store, props, statefulSet, service), statefulSet };
}

/** What makes a Redis a store: the way to it, and who may take it. */
function reachable(store: Construct, props: MadeRedisProps, server: ApiObject, service: ApiObject): RedisStoreSpec {
  const host = service.name;
  const labels = joinStore(store, server, service);
  const clientLabels = { [CLIENT_LABEL]: host };
  const policyPorts = [...new Set([REDIS_PORT, ...(props.networkPolicyPorts ?? [])])];
  const isTls = props.tls !== undefined;
  const serviceLinks = props.discovery === ServiceDiscovery.ENVIRONMENT;
  return {
    host,
    port: REDIS_PORT,
    addresses: [{ host, port: REDIS_PORT }],
    topology: 'single',
    url: serviceLinks ? urlByVariables(host) : `${isTls ? 'rediss' : 'redis'}://${host}:${REDIS_PORT}`,
    image: props.image ?? DEFAULT_REDIS_IMAGE,
    memory: props.memory ?? DEFAULT_MEMORY,
    imagePullPolicy: props.imagePullPolicy,
    imagePullSecrets: props.imagePullSecrets,
    tls: isTls,
    ...(props.tls && { certificateAuthorities: { secret: props.tls.secret, key: 'ca.crt' } }),
    serviceLinks,
    idsFromNamespace: props.idsFromNamespace ?? false,
    clientLabels,
    podSelector: redisSelector(host),
    policyPorts,
    password: props.password,
    imageHasAuthorities: false,
    service,
    networkPolicy:
      (props.networkPolicy ?? true)
        ? allowClientsOnly(store, 'NetworkPolicy', {
            name: `${host}-clients`,
            server: redisSelector(host),
            clients: clientLabels,
            peers: props.networkPolicyPeers ?? [],
            labels,
            ports: policyPorts,
          })
        : undefined,
    ...metricsObjects(store, props, { host, labels, selector: redisSelector(host) }),
  };
}

/** By the variables that a kubelet sets for each Service. */
function urlByVariables(host: string): string {
  const service = `${host.toUpperCase().replaceAll('-', '_')}_SERVICE`;
  return `redis://$(${service}_HOST):$(${service}_PORT)`;
}
