import { isIP } from 'node:net';
import { DEFAULT_REDIS_IMAGE, REDIS_PORT } from './redis-server';
import type { ExternalRedisProps } from './redis-store-props';
import type { RedisStoreSpec } from './redis-store-spec';

/** A Redis that exists. */
export function externalRedis(props: ExternalRedisProps): RedisStoreSpec {
  const { host, port = REDIS_PORT, tls = false, image = DEFAULT_REDIS_IMAGE } = props;
  return {
    host,
    port,
    url: `${tls ? 'rediss' : 'redis'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`,
    image,
    imagePullPolicy: props.imagePullPolicy,
    imagePullSecrets: props.imagePullSecrets,
    tls,
    serviceLinks: false,
    idsFromNamespace: false,
    clientLabels: {},
    podSelector: {},
    policyPorts: [port],
    username: props.username,
    password: props.password,
    certificateAuthorities: props.certificateAuthorities,
    imageHasAuthorities: props.imageHasAuthorities ?? !isOfficial(image),
  };
}

/**
 * Whether an image is named as the official ones are, from whatever registry, under whatever tag or digest. Those know no
 * certificate authorities.
 */
function isOfficial(image: string): boolean {
  return /(^|\/)(redis|valkey)(:[^/]*)?$/.test(image.replace(/@.*$/, ''));
}
