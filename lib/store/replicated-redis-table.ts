import { STATEFUL_SET_NAME } from '../kubernetes';
import { type At, dottedName, flag, type Shape, shape, size, string, whole } from '../props';
import { ServiceDiscovery } from './redis-store-props';
import { checkMade, MADE, MADE_STORE, NO_USER, OF_A_SERVER, TLS } from './redis-store-table';
import type { ReplicatedRedisProps } from './replicated-redis-props';

const NO_VOLUME = 'It is that of a volume, and `persistent` is false. Remove one of them.';

function checkReplicated(props: ReplicatedRedisProps, at: At) {
  checkMade(props, at);
  if (props.discovery === ServiceDiscovery.ENVIRONMENT) {
    throw at
      .prop('discovery')
      .refusal(
        props.discovery,
        'The members have host names alone, which takes DNS. Remove it, or use RedisStore.pod.',
      );
  }
  if (props.persistent !== false) return;
  for (const prop of ['storage', 'storageClassName'] as const) {
    if (props[prop] !== undefined) throw at.prop(prop).refusal(props[prop], NO_VOLUME);
  }
}

const ALWAYS = 'There is always one, and it lets one member go at a time. Remove it.';

/** A store of several members. */
export const REPLICATED_REDIS: Shape<ReplicatedRedisProps> = shape<ReplicatedRedisProps>({
  of: 'RedisStore.replicated',
  like: '{ replicas: 3 }',
  props: {
    ...MADE,
    // Two could not tell which of them is cut off.
    replicas: { is: whole(3, 9) },
    persistent: { is: flag },
    storage: { is: size() },
    storageClassName: { is: dottedName },
    statefulSetName: { is: string(STATEFUL_SET_NAME) },
  },
  foreign: {
    ...MADE_STORE,
    ...OF_A_SERVER,
    ...TLS,
    username: NO_USER,
    replicaCount: 'It is `replicas`, and counts the primary too: replicas: 3.',
    sentinels: 'Each member has one: as many as `replicas`. Remove it.',
    sentinel: 'Each member has one: as many as `replicas`. Remove it.',
    quorum: 'It is the majority of the members. Remove it.',
    primaryName: 'It is always "queue". Remove it.',
    podDisruptionBudget: ALWAYS,
    name: 'The name of the StatefulSet is `statefulSetName`, that of the Service `serviceName`.',
    podName: 'It is a prop of RedisStore.pod; here it is `statefulSetName`.',
    volumeClaimTemplates: 'The claims are made of `storage`, Size.gibibytes(10), and `storageClassName`.',
    accessModes: 'It is always ReadWriteOnce. Remove it.',
    size: 'It is `storage`: Size.gibibytes(10).',
  },
  together: checkReplicated,
});
