import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { allowClientsOnly, CLIENT_LABEL, type Labels } from '../kubernetes';
import { memberService } from './member-service';
import { PRIMARY_NAME } from './member-shell';
import { addressText } from './redis-address';
import { joinStore, redisSelector } from './redis-labels';
import { DEFAULT_MEMORY, DEFAULT_REDIS_IMAGE, REDIS_PORT, SENTINEL_PORT } from './redis-server';
import type { RedisStoreSpec } from './redis-store-spec';
import { memberHosts } from './replicated-pod';
import type { ReplicatedRedisProps } from './replicated-redis-props';
import { replicatedStatefulSet } from './replicated-stateful-set';
import { metricsObjects } from './store-metrics';

const PORTS = [REDIS_PORT, SENTINEL_PORT];

/** A Redis of several members, of which any may be lost. */
export function replicatedRedis(store: Construct, props: ReplicatedRedisProps): RedisStoreSpec {
  const statefulSet = replicatedStatefulSet(store, props, () => service.name);
  const service = memberService(store, props);
  const host = service.name;
  const labels = joinStore(store, statefulSet, service);
  const hosts = memberHosts(props, { statefulSet: statefulSet.name, service: host });
  const addresses = hosts.map((each) => ({ host: each, port: SENTINEL_PORT }));
  const policyPorts = [...new Set([...PORTS, ...(props.networkPolicyPorts ?? [])])];
  const clientLabels = { [CLIENT_LABEL]: host };
  return {
    host,
    port: SENTINEL_PORT,
    addresses,
    topology: 'sentinel',
    url: `${props.tls ? 'rediss' : 'redis'}+sentinel://${addresses.map(addressText).join(',')}/${PRIMARY_NAME}`,
    primaryName: PRIMARY_NAME,
    image: props.image ?? DEFAULT_REDIS_IMAGE,
    imagePullPolicy: props.imagePullPolicy,
    imagePullSecrets: props.imagePullSecrets,
    tls: props.tls !== undefined,
    ...(props.tls && { certificateAuthorities: { secret: props.tls.secret, key: 'ca.crt' } }),
    serviceLinks: false,
    idsFromNamespace: props.idsFromNamespace ?? false,
    clientLabels,
    podSelector: redisSelector(host),
    policyPorts,
    memory: props.memory ?? DEFAULT_MEMORY,
    password: props.password,
    sentinelPassword: props.password,
    imageHasAuthorities: false,
    statefulSet,
    service,
    podDisruptionBudget: disruptionBudget(store, host, labels),
    ...metricsObjects(store, props, { host, labels, selector: redisSelector(host) }),
    ...((props.networkPolicy ?? true) && {
      networkPolicy: allowClientsOnly(store, 'NetworkPolicy', {
        name: `${host}-clients`,
        server: redisSelector(host),
        clients: clientLabels,
        peers: props.networkPolicyPeers ?? [],
        labels,
        ports: policyPorts,
      }),
      membersPolicy: allowClientsOnly(store, 'MembersPolicy', {
        name: `${host}-members`,
        server: redisSelector(host),
        clients: redisSelector(host),
        peers: [],
        labels,
        ports: policyPorts,
      }),
    }),
  };
}

/**
 * A drain of nodes takes one member at a time, and the next one once that is back. It does not take one that is not ready
 * while another is missing, either: it may be the one that has the data.
 */
function disruptionBudget(store: Construct, host: string, labels: Labels): ApiObject {
  return new ApiObject(store, 'PodDisruptionBudget', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: host, labels },
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: redisSelector(host) },
      unhealthyPodEvictionPolicy: 'IfHealthyBudget',
    },
  });
}
