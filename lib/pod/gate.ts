import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { DEFAULTS, ENV, EXIT } from '../../worker/contract';
import { GATE, GATE_KEYS } from '../../worker/scripts/gate';
import type { ContainerResources, Labels, Manifest } from '../kubernetes';
import { cliContainer, type RedisStore, redisShell, shellKeys } from '../store';

const DIRECTORY = '/gate';

/** Options of `Gate`. */
export interface GateOptions {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** Labels of the ConfigMap. */
  readonly labels: Labels;
  /** The store that holds the queue. */
  readonly redis: RedisStore;
  /** The worker's variables that the gate reads too. */
  readonly environment: readonly Manifest[];
  /** Requests and limits of its container. */
  readonly resources?: ContainerResources;
}

/**
 * Holds a pod back until its queue may be worked on: an init container of the Redis image, and the ConfigMap with its
 * script.
 */
export class Gate {
  /** The ConfigMap. */
  public readonly script: ApiObject;

  constructor(
    scope: Construct,
    id: string,
    private readonly options: GateOptions,
  ) {
    this.script = new ApiObject(scope, id, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: options.name, labels: options.labels },
      data: gateScripts('gate', DIRECTORY, options.redis),
    });
  }

  /** The volume of the pod. */
  public get volume(): Manifest {
    return { name: 'gate', configMap: { name: this.script.name } };
  }

  /** The init container of the pod. */
  public get container(): Manifest {
    const { redis, environment, resources } = this.options;
    return cliContainer({ name: 'gate', redis, volume: 'gate', directory: DIRECTORY, environment, resources });
  }
}

/** The variables of the worker that the gate reads. */
export const GATE_ENVIRONMENT: readonly string[] = [ENV.queue, ENV.run, ENV.batch, ENV.startTimeout, ENV.storeTimeout];

/**
 * What a container of this name runs that waits for a queue, as it lies in this directory.
 *
 * @param before what the script does first
 */
export function gateScripts(name: string, directory: string, store: RedisStore, before = ''): Labels {
  return { 'gate.lua': GATE.trimStart(), [`${name}.sh`]: gateScript(directory, store, before) };
}

function gateScript(directory: string, store: RedisStore, before: string): string {
  return `\
${before}${redisShell(store)}
start_timeout=$(((\${${ENV.startTimeout}:-${DEFAULTS.startTimeout}} + 999) / 1000))
script=$(cat ${directory}/gate.lua)
started=$(now)
told=0
while :; do
  if redis EVAL "$script" ${shellKeys(GATE_KEYS, `$${ENV.queue}`)} "$${ENV.run}" "\${${ENV.batch}-}"; then
    reply=\${reply#\\"} reply=\${reply%\\"}
    case $reply in
      open*) end 0 "$reply" ;;
      lost*) end ${EXIT.dataLost} "$reply" ;;
      cancelled*) end ${EXIT.deadLetters} "$reply" ;;
      wait*) ;;
      *) end ${EXIT.unexpected} "$reply" ;;
    esac
    waited=$(($(now) - started))
    [ "$start_timeout" -eq 0 ] || [ "$waited" -lt "$start_timeout" ] ||
      end ${EXIT.neverFilled} "Gave up after $waited s: $reply"
    if [ "$told" -eq 0 ] || [ $(($(now) - told)) -ge 30 ]; then
      told=$(now)
      say "$reply"
    fi
    sleep 1
  else
    await_redis
  fi
done
`;
}
