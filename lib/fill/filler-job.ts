import { createHash } from 'node:crypto';
import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ENV, EXIT } from '../../worker/contract';
import { EntryBundle } from '../entry';
import { type PodIds, renderPullSecrets } from '../kubernetes';
import { type After, type LogFormat, readProgram, renderProgram, userEnvironment } from '../pod';
import type { IQueueDefinition } from '../props';
import { cliContainer, connectionVolumes, type RedisStore, redisShell } from '../store';
import {
  type Fill,
  type FillPod,
  fillEnvironment,
  fillLabels,
  fillSelector,
  jobOfFill,
  scriptsOfFill,
} from './fill-objects';
import type { QueueFiller } from './queue-filler';
import { END_IF_FORMER, IS_NUMBER, sealFunction } from './seal-script';

const SCRIPTS_DIRECTORY = '/seal';

/** Options of `FillerJob`. */
export interface FillerJobOptions extends Fill {
  /** The queue, where the chart has its definition. */
  readonly queue?: IQueueDefinition;
  readonly filler: QueueFiller;
  /** How it writes its lines, where `filler` says nothing. */
  readonly logFormat?: LogFormat;
  /** Whether the name of the Job ends in a hash of its pod. */
  readonly hashed: boolean;
  /** The ids that its pods run with; none: those that the namespace gives. */
  readonly ids: PodIds | undefined;
  /** Holds the pods back until other queues are drained. */
  readonly after?: After;
}

/**
 * Fills a queue by a program and seals it: a Job whose init container is the program, and whose container, of the Redis
 * image, seals the queue once that has ended with 0. `RedisWorkQueueJob` makes it.
 *
 * Children: `Resource` (the Job), `Scripts`, `Bundle` (with an `entry`).
 */
export class FillerJob extends Construct {
  /** The Job. */
  public readonly job: ApiObject;
  /** The ConfigMap with the script that seals. */
  public readonly scripts: ApiObject;
  /** The code of the filler, with an `entry`. */
  public readonly bundle?: EntryBundle;
  /** Identity of what is filled in. */
  public readonly batch: string;
  /** The labels by which a NetworkPolicy of your own selects the pods of the fill. */
  public readonly podSelector: { readonly [key: string]: string };

  /** @internal */
  public static _make(scope: Construct, id: string, options: FillerJobOptions): FillerJob {
    return new FillerJob(scope, id, options);
  }

  private constructor(scope: Construct, id: string, options: FillerJobOptions) {
    if (!options?.filler) {
      throw new Error('A FillerJob is made by RedisWorkQueueJob: give that a `filler`, and find it as its `filler`.');
    }
    super(scope, id);
    const { queueName, filler, redis, after } = options;
    const program = readProgram(scope, 'filler.', filler, 'filler', options);
    const own = userEnvironment(filler.env);
    const variables = filler.envFrom && filler.envFrom.length > 0 ? [filler.envFrom] : [];
    const hash = program.bundle?.hash;
    this.batch =
      filler.batch ??
      hashOf([
        queueName,
        hash ?? filler.image,
        filler.command,
        filler.args,
        own,
        ...variables,
        ...(after?.batches ?? []),
      ]);

    this.podSelector = fillSelector(options);
    const labels = fillLabels(this, options);
    if (program.bundle) {
      this.bundle = EntryBundle._make(this, 'Bundle', {
        name: options.name,
        prop: 'filler.entry',
        entry: filler.entry as string,
        labels,
        bundle: program.bundle,
      });
    }
    this.scripts = scriptsOfFill(this, options, labels, { 'seal.sh': sealScript(redis, SCRIPTS_DIRECTORY) });

    const environment = fillEnvironment(options, this.batch);
    const format = filler.logFormat ?? options.logFormat;
    const log = format === undefined ? [] : [{ name: ENV.log, value: format }];
    const podName = { name: ENV.worker, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
    const { container, sidecars, initContainers, volumes } = renderProgram(filler, {
      name: 'fill',
      program,
      entryBundle: this.bundle,
      redis,
      environment: [...environment, ...log, podName, ...own],
    });
    const pod: FillPod = {
      hashed: options.hashed,
      backoffLimit: filler.backoffLimit ?? 6,
      judged: ['fill', 'seal', ...(after?.names ?? [])],
      ids: options.ids,
      labels: {
        ...this.bundle?._podLabels,
        ...labels,
        ...options.podLabels,
        ...redis.clientLabels,
        ...after?.clientLabels,
      },
      spec: {
        automountServiceAccountToken: filler.automountServiceAccountToken ?? false,
        serviceAccountName: filler.serviceAccount?.name,
        imagePullSecrets: renderPullSecrets(
          filler.imagePullSecrets ?? options.imagePullSecrets,
          redis.imagePullSecrets,
          after?.imagePullSecrets,
        ),
        ...(after?.serviceLinks && { enableServiceLinks: true }),
        // Init containers end before the others start, and one that fails keeps them from starting.
        initContainers: [...sidecars, ...(after?.containers ?? []), ...initContainers, container],
        containers: [
          cliContainer({
            name: 'seal',
            redis,
            volume: 'seal',
            directory: SCRIPTS_DIRECTORY,
            environment,
            resources: options.cliResources,
          }),
        ],
        volumes: [
          ...(after?.volumes ?? []),
          { name: 'seal', configMap: { name: this.scripts.name } },
          ...connectionVolumes(redis),
          ...volumes,
        ],
      },
    };
    this.job = jobOfFill(this, options, labels, pod, [
      this.scripts,
      ...(after ? [after.scripts] : []),
      ...(this.bundle?.parts ?? []),
    ]);
  }
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

/**
 * What seals the queue, once a program has filled it.
 *
 * @param directory where the scripts lie
 * @param before what it does first
 */
export function sealScript(store: RedisStore, directory: string, before = ''): string {
  return `\
${redisShell(store)}
queue=$${ENV.queue} batch=$${ENV.batch} total=
${before}
${IS_NUMBER}
${END_IF_FORMER}
${sealFunction(store, directory)}
seal ||
  end ${EXIT.fillInterrupted} "Redis came back with less than the filler pushed ($reply). Another pod fills it again."
`;
}
