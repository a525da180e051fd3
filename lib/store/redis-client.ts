import { Size } from 'cdk8s';
import { InvalidPropError } from '../invalid-prop';
import {
  type ContainerResources,
  Cpu,
  containerSecurityContext,
  type Manifest,
  renderResources,
  withRequests,
} from '../kubernetes';
import { cliConnection, connectionMounts } from './redis-connection';
import type { RedisStore } from './redis-store';

/** What differs between containers that run a script of `redis-cli` calls. */
export interface CliContainerOptions {
  /** Its name, and that of its script. */
  readonly name: string;
  readonly redis: RedisStore;
  /** The volume that holds the script. */
  readonly volume: string;
  /** Where that is mounted. */
  readonly directory: string;
  /** What the script reads, beside the way to the store. */
  readonly environment: readonly Manifest[];
  /** @default - none */
  readonly mounts?: readonly Manifest[];
  /** The volume with the authorities of the store. @default - that of the pod's own store */
  readonly authorities?: string;
  /** Requests and limits. @default - few requests, no limits */
  readonly resources?: ContainerResources;
}

const REQUESTS = { cpu: Cpu.millis(10), memory: Size.mebibytes(16) };

/**
 * A container of the Redis image that runs a script by `redisShell`.
 *
 * @throws InvalidPropError it could not verify the certificate of the store
 */
export function cliContainer({
  name,
  redis,
  volume,
  directory,
  environment,
  mounts = [],
  authorities,
  resources,
}: CliContainerOptions): Manifest {
  if (redis.tls && !redis.certificateAuthorities && !redis._imageHasAuthorities) {
    throw new InvalidPropError(
      redis,
      'certificateAuthorities',
      undefined,
      `The ${name} runs ${redis.image}, and the images of Redis and Valkey contain no authority, not even a public one, so ` +
        'it could never connect. Give a Secret with them, or an `image` with redis-cli and authorities, and say so by ' +
        '`imageHasAuthorities: true`; or do without fill and gate: no `items` and no `filler`, and `gate: false`.',
    );
  }
  return {
    name,
    image: redis.image,
    imagePullPolicy: redis.imagePullPolicy,
    command: ['sh', `${directory}/${name}.sh`],
    env: [...cliConnection(redis), ...environment],
    resources: renderResources(withRequests(resources, REQUESTS)),
    securityContext: containerSecurityContext(true),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: volume, mountPath: directory, readOnly: true },
      ...mounts,
      ...connectionMounts(redis, authorities),
    ],
  };
}
