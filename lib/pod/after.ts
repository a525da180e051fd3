import { ApiObject, type Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { DEFAULTS, ENV, EXIT } from '../../worker/contract';
import { DRAINED, DRAINED_KEYS } from '../../worker/scripts/drained';
import { type ContainerResources, type ISecret, type Labels, literal, type Manifest } from '../kubernetes';
import { cliContainer, connectionVolumes, type RedisStore, redisShell, shellKeys } from '../store';
import type { IWorkQueue } from './after-queues';
import type { ContractContainer } from './pod-failure-policy';
import { settingsEnvironment } from './worker-environment';

const VOLUME = 'after';
const DIRECTORY = '/after';

/** Options of `After`. */
export interface AfterOptions {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** Labels of the ConfigMap. */
  readonly labels: Labels;
  /** The queues that are drained first. */
  readonly queues: readonly IWorkQueue[];
  /** The store of the queue that waits. */
  readonly redis: RedisStore;
  /** How long a Redis that does not answer is waited for. */
  readonly storeTimeout?: Duration;
  /** Requests and limits of its containers. */
  readonly resources?: ContainerResources;
}

/**
 * Holds a pod back until other queues are drained: an init container for each of them, of the image of its store, and the
 * ConfigMap with their scripts.
 */
export class After {
  /** The ConfigMap. */
  public readonly scripts: ApiObject;

  constructor(
    scope: Construct,
    id: string,
    private readonly options: AfterOptions,
  ) {
    const scripts = options.queues.map(({ redis }, index) => [`${nameOf(index)}.sh`, afterScript(redis)] as const);
    this.scripts = new ApiObject(scope, id, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: options.name, labels: options.labels },
      data: { 'drained.lua': DRAINED.trimStart(), ...Object.fromEntries(scripts) },
    });
  }

  /** Names of the init containers. */
  public get names(): ContractContainer[] {
    return this.options.queues.map((_, index) => nameOf(index));
  }

  /** The init containers of the pod. */
  public get containers(): Manifest[] {
    const { queues, storeTimeout, resources } = this.options;
    return queues.map((queue, index) =>
      cliContainer({
        name: nameOf(index),
        redis: queue.redis,
        volume: VOLUME,
        directory: DIRECTORY,
        environment: [
          literal(ENV.queue, queue.queueName),
          ...(queue.batch ? [literal(ENV.batch, queue.batch)] : []),
          ...settingsEnvironment({
            storeTimeout,
            settle: queue.settle,
            tolerateDeadLetters: queue.tolerateDeadLetters,
          }),
        ],
        authorities: this.authoritiesOf(queue, index),
        resources,
      }),
    );
  }

  /** The volumes of the pod besides those that it has for its own store. */
  public get volumes(): Manifest[] {
    const { queues, redis } = this.options;
    const ofOthers = queues.flatMap((queue, index) =>
      queue.redis === redis ? [] : connectionVolumes(queue.redis, this.authoritiesOf(queue, index)),
    );
    return [{ name: VOLUME, configMap: { name: this.scripts.name } }, ...ofOthers];
  }

  /** The labels by which the stores let the pod in. */
  public get clientLabels(): Labels {
    return Object.assign({}, ...this.options.queues.map(({ redis }) => redis.clientLabels));
  }

  /** Identities of what is drained first, as far as they are known: another one of them makes another fill of what follows. */
  public get batches(): string[] {
    return this.options.queues.flatMap(({ batch }) => batch ?? []);
  }

  /** Whether a container finds its store by what Kubernetes injects for Services. */
  public get serviceLinks(): boolean {
    return this.options.queues.some(({ redis }) => redis.serviceLinks);
  }

  /** Secrets that the images of the stores are pulled with. */
  public get imagePullSecrets(): ISecret[] {
    return this.options.queues.flatMap(({ redis }) => redis.imagePullSecrets ?? []);
  }

  /** The volume of the authorities of a store; none: that of the pod's own store. */
  private authoritiesOf(queue: IWorkQueue, index: number): string | undefined {
    return queue.redis === this.options.redis ? undefined : `${nameOf(index)}-ca`;
  }
}

function nameOf(index: number): `after-${number}` {
  return `after-${index + 1}`;
}

function afterScript(store: RedisStore): string {
  return `\
${redisShell(store)}
script=$(cat ${DIRECTORY}/drained.lua)
told=0
while :; do
  if redis EVAL "$script" ${shellKeys(DRAINED_KEYS, `$${ENV.queue}`)} "\${${ENV.batch}-}" \\
    "\${${ENV.settle}:-${DEFAULTS.settle}}" "\${${ENV.tolerateDeadLetters}-}"; then
    reply=\${reply#\\"} reply=\${reply%\\"}
    case $reply in
      drained*) end 0 "$reply" ;;
      wait*) ;;
      *) end ${EXIT.unexpected} "$reply" ;;
    esac
    if [ "$told" -eq 0 ] || [ $(($(now) - told)) -ge 30 ]; then
      told=$(now)
      say "$reply"
    fi
    sleep 3
  else
    await_redis
  fi
done
`;
}
