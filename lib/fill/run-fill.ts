import { createHash } from 'node:crypto';
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ENV, EXIT } from '../../worker/contract';
import { FILL } from '../../worker/scripts/fill';
import { SEAL } from '../../worker/scripts/seal';
import { EntryBundle } from '../entry';
import { type ContainerResources, descriptiveLabels, type Labels, type Manifest } from '../kubernetes';
import { type ContractContainer, fromField, gateScripts, readProgram, renderProgram, userEnvironment } from '../pod';
import type { IQueueDefinition } from '../props';
import { cliContainer, type RedisStore, takeRoom } from '../store';
import { refuseOthersOfItsNames } from '../tree';
import { fillScript } from './fill-job';
import { sealScript } from './filler-job';
import { packItems } from './items';
import type { QueueFiller } from './queue-filler';

const DIRECTORY = '/fill';
const ITEMS_DIRECTORY = '/items';
const SCRIPTS_VOLUME = 'fill-scripts';
const ITEMS_VOLUME = 'fill-items';

/** The label by which the pods of a Job know its name. */
const JOB_NAME = "metadata.labels['batch.kubernetes.io/job-name']";

/** Options of `RunFill`. */
export interface RunFillOptions {
  /** What the ConfigMaps are named after. */
  readonly name: string;
  /** What the code calls the queue. */
  readonly queueName: string;
  readonly queue?: IQueueDefinition;
  readonly redis: RedisStore;
  /** Variables of all containers besides those that name the run. */
  readonly environment: readonly Manifest[];
  /** Variables of the one that waits for index 0. */
  readonly turnEnvironment: readonly Manifest[];
  /** Requests and limits of what runs redis-cli. */
  readonly cliResources?: ContainerResources;
  /** Whether the pods have indexes: the first of them fills. */
  readonly indexed: boolean;
  readonly items?: string[];
  readonly filler?: QueueFiller;
}

/**
 * Fills the queue of a run in the pods of the run itself, and seals it: init containers, which all pods of the run have. With
 * indexes, that of index 0 fills, and the others wait. Whatever is killed and starts again pushes nothing twice.
 * `RedisWorkQueueCronJob` makes it.
 *
 * Children: `Scripts`; `Items0`, `Items1` and so on, with `items`; `Bundle`, with a `filler` that has an `entry`.
 */
export class RunFill extends Construct {
  /** The ConfigMap with the scripts. */
  public readonly scripts: ApiObject;
  /** The ConfigMaps with the items, in order. */
  public readonly itemMaps: ApiObject[];
  /** The code of the filler, with an `entry`. */
  public readonly bundle?: EntryBundle;
  /** @internal */
  public readonly _parts: RunFillParts;

  /** @internal */
  public static _make(scope: Construct, id: string, options: RunFillOptions): RunFill {
    return new RunFill(scope, id, options);
  }

  private constructor(scope: Construct, id: string, options: RunFillOptions) {
    if (!options?.redis) {
      throw new Error(
        'A RunFill is made by RedisWorkQueueCronJob: give that `items` or a `filler`, and find it as its `fill`.',
      );
    }
    super(scope, id);
    const { name, queueName, redis, items, filler, indexed } = options;
    const description = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'fill' };
    const labels = descriptiveLabels(this, description);
    const packed = items && packItems(scope, queueName, items);
    if (items) takeRoom(redis, queueName, items);
    const naming = runNaming(queueName, packed?.batch);
    const environment = [...naming, ...options.environment];

    this.itemMaps = (packed?.configMaps ?? []).map(
      (chunks, index) =>
        new ApiObject(this, `Items${index}`, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          // The hash of the items is in the name, so a run never meets those of another chart.
          metadata: { name: `${name}-${packed?.batch}-${index}`, labels },
          immutable: true,
          data: Object.fromEntries(chunks.map(({ file, json }) => [file, json])),
        }),
    );
    const filled = packed ? this.byItems(options, environment, packed.total) : this.byProgram(options, environment);
    const scripts = {
      'seal.lua': SEAL.trimStart(),
      ...filled.scripts,
      ...(indexed && gateScripts('turn', DIRECTORY, redis, TURN)),
    };
    this.scripts = new ApiObject(this, 'Scripts', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      // A run that has begun keeps the scripts that it knows.
      metadata: { name: `${name}-${hashOf(scripts)}`, labels },
      immutable: true,
      data: scripts,
    });
    if (filler?.entry) this.bundle = filled.bundle;
    const turn = this.container('turn', options, [...environment, ...options.turnEnvironment]);
    this._parts = {
      naming,
      names: [...(indexed ? (['turn'] as const) : []), ...filled.names],
      containers: [...(indexed ? [turn] : []), ...filled.containers],
      volumes: [
        { name: SCRIPTS_VOLUME, configMap: { name: this.scripts.name } },
        ...(this.itemMaps.length > 0
          ? [
              {
                name: ITEMS_VOLUME,
                projected: { sources: this.itemMaps.map((map) => ({ configMap: { name: map.name } })) },
              },
            ]
          : []),
        ...filled.volumes,
      ],
    };
    this.node.defaultChild = this.scripts;
    refuseOthersOfItsNames(this);
  }

  /** All that the pods read. */
  public get objects(): ApiObject[] {
    return [this.scripts, ...this.itemMaps, ...(this.bundle?.parts ?? [])];
  }

  private byItems(options: RunFillOptions, environment: readonly Manifest[], total: number): Filled {
    const mounts = this.itemMaps.length > 0 ? [{ name: ITEMS_VOLUME, mountPath: ITEMS_DIRECTORY, readOnly: true }] : [];
    const variables = [...environment, { name: 'WORK_QUEUE_TOTAL', value: String(total) }];
    return {
      names: ['fill'],
      containers: [this.container('fill', options, variables, mounts)],
      volumes: [],
      scripts: { 'fill.lua': FILL.trimStart(), 'fill.sh': fillScript(options.redis, `${IS_NAMED}\n${END_IF_SEALED}`) },
    };
  }

  private byProgram(options: RunFillOptions, environment: readonly Manifest[]): Filled {
    const { name, redis } = options;
    const filler = options.filler as QueueFiller;
    const program = readProgram(this.node.scope as Construct, 'filler.', filler, 'filler', options);
    const bundle =
      program.bundle &&
      EntryBundle._make(this, 'Bundle', {
        name,
        prop: 'filler.entry',
        entry: filler.entry as string,
        labels: { 'app.kubernetes.io/name': name },
        bundle: program.bundle,
      });
    const worker = fromField(ENV.worker, 'metadata.name');
    const { container, volumes } = renderProgram(filler, {
      name: 'fill',
      program,
      entryBundle: bundle,
      bundleVolume: 'fill-bundle',
      redis,
      environment: [...environment, worker, ...userEnvironment(filler.env)],
    });
    return {
      names: ['fill', 'seal'],
      containers: [container, this.container('seal', options, environment)],
      volumes,
      scripts: { 'seal.sh': sealScript(redis, DIRECTORY, IS_NAMED) },
      bundle,
    };
  }

  private container(
    name: 'turn' | 'fill' | 'seal',
    { redis, cliResources }: RunFillOptions,
    environment: readonly Manifest[],
    mounts: readonly Manifest[] = [],
  ): Manifest {
    return cliContainer({
      name,
      redis,
      volume: SCRIPTS_VOLUME,
      directory: DIRECTORY,
      environment,
      mounts,
      resources: cliResources,
    });
  }
}

/** What a run's pods take over from its fill. */
export interface RunFillParts {
  /** The variables by which a container knows its run and the queue of that. */
  readonly naming: readonly Manifest[];
  /** Names of the init containers. */
  readonly names: readonly ContractContainer[];
  /** The init containers, in their order. */
  readonly containers: readonly Manifest[];
  readonly volumes: readonly Manifest[];
}

interface Filled extends Omit<RunFillParts, 'naming'> {
  readonly scripts: Labels;
  readonly bundle?: EntryBundle | undefined;
}

/** The queue of a run is named after the run, which is its Job. The batch says as well what items it is filled with. */
function runNaming(queueName: string, items?: string): Manifest[] {
  const job = `$(${ENV.job})`;
  return [
    fromField(ENV.job, JOB_NAME),
    { name: ENV.queue, value: `${queueName.replaceAll('$', '$$$$')}-${job}` },
    { name: ENV.definedAs, value: queueName.replaceAll('$', '$$$$') },
    { name: ENV.batch, value: items === undefined ? job : `${job}-${items}` },
  ];
}

/** The name of a run's queue. */
export function queueOfRun(queueName: string, jobName: string): string {
  return `${queueName}-${jobName}`;
}

const IS_NAMED = `\
# Without a name, all runs would be one.
[ "$${ENV.job}" ] ||
  end ${EXIT.configuration} "${ENV.job} is empty, and it names the run that has a queue of its own. It is the label \
batch.kubernetes.io/job-name of the pod, which Kubernetes 1.27 and later set"
`;

/** The first of the indexes fills, the others wait. */
const TURN = `\
if [ "\${JOB_COMPLETION_INDEX:-0}" -eq 0 ]; then
  echo "Index 0 fills the queue."
  exit 0
fi
`;

/** Ends where another pod of the run has sealed the queue. */
const END_IF_SEALED = `\
until redis HMGET "{$queue}:meta" batch sealed; do
  await_redis
done
case $output in
  *'1) "'"$batch"'"'*'2) "'*) end ${EXIT.drained} "The queue $queue is sealed: another pod of this run has filled it." ;;
esac
`;

function hashOf(scripts: Labels): string {
  return createHash('sha256').update(JSON.stringify(scripts)).digest('hex').slice(0, 8);
}
