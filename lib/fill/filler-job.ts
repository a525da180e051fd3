import { createHash } from 'node:crypto';
import { ApiObject, type Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { ENV, EXIT } from '../../worker/contract';
import { SEAL } from '../../worker/scripts/seal';
import { EntryBundle } from '../entry/entry-bundle';
import { descriptiveLabels, type Labels } from '../kubernetes/labels';
import { type PlacementProps, renderJobPlacement, renderPullSecrets } from '../kubernetes/placement';
import { inMilliseconds, inSeconds } from '../kubernetes/quantity';
import { type Manifest, type PodIds, podSecurityContext } from '../kubernetes/restricted-pod';
import { podFailurePolicy } from '../pod/pod-failure-policy';
import { literal, userEnvironment } from '../pod/worker-environment';
import { readProgram, renderProgram } from '../pod/worker-pod';
import { cliContainer, connectionVolumes } from '../store/redis-client';
import { redisShell } from '../store/redis-shell';
import type { RedisStore } from '../store/redis-store';
import { refuseOtherFills, refuseOthersOfItsNames } from '../tree/conflicts';
import type { QueueFiller } from './queue-filler';
import { IS_NUMBER, sealFunction } from './seal-script';

const SCRIPTS_DIRECTORY = '/seal';

/** Options of `FillerJob`. */
export interface FillerJobOptions extends PlacementProps {
  /** Name of the Job; the hash of an `entry` is added if `hashed`. */
  readonly name: string;
  readonly hashed: boolean;
  readonly queueName: string;
  readonly filler: QueueFiller;
  readonly redis: RedisStore;
  readonly ids: PodIds;
  readonly storeTimeout?: Duration;
  readonly ttlAfterFinished?: Duration;
  readonly labels: Labels;
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

  /** @internal */
  public static _make(scope: Construct, id: string, options: FillerJobOptions): FillerJob {
    return new FillerJob(scope, id, options);
  }

  private constructor(scope: Construct, id: string, options: FillerJobOptions) {
    if (!options?.filler) {
      throw new Error('A FillerJob is made by RedisWorkQueueJob: give that a `filler`, and find it as its `filler`.');
    }
    super(scope, id);
    const { queueName, filler, redis } = options;
    const program = readProgram(scope, 'filler.', filler, 'filler');
    const own = userEnvironment(filler.env);
    const hash = program.content?.hash;
    this.batch = filler.batch ?? hashOf([queueName, hash ?? filler.image, filler.command, filler.args, own]);

    const name = options.hashed && hash ? `${options.name}-${hash.slice(0, 8)}` : options.name;
    const description = { 'app.kubernetes.io/name': options.name, 'app.kubernetes.io/component': 'fill' };
    const labels = { ...descriptiveLabels(this, description), ...options.labels };
    if (program.content) {
      this.bundle = EntryBundle._make(this, 'Bundle', {
        name: options.name,
        prop: 'filler.entry',
        entry: filler.entry as string,
        labels,
        content: program.content,
      });
    }
    this.scripts = new ApiObject(this, 'Scripts', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: options.name, labels },
      data: { 'seal.lua': SEAL.trimStart(), 'seal.sh': sealScript(redis) },
    });

    const storeTimeout = options.storeTimeout && inMilliseconds(options.storeTimeout);
    const queue: Manifest[] = [
      literal(ENV.queue, queueName),
      literal(ENV.batch, this.batch),
      ...(storeTimeout === undefined ? [] : [{ name: ENV.storeTimeout, value: String(storeTimeout) }]),
    ];
    const pod = { name: ENV.worker, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
    const { container, volumes } = renderProgram(filler, {
      name: 'fill',
      program,
      entryBundle: this.bundle,
      redis,
      environment: [...queue, pod, ...own],
    });
    this.job = new ApiObject(this, 'Resource', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, labels },
      spec: {
        backoffLimit: filler.backoffLimit ?? 6,
        podFailurePolicy: podFailurePolicy('fill', 'seal'),
        ttlSecondsAfterFinished: options.ttlAfterFinished && inSeconds(options.ttlAfterFinished),
        template: {
          metadata: { labels: { ...this.bundle?._podLabels, ...labels, ...redis.clientLabels } },
          spec: {
            automountServiceAccountToken: filler.automountServiceAccountToken ?? false,
            enableServiceLinks: redis.serviceLinks,
            restartPolicy: 'Never',
            serviceAccountName: filler.serviceAccount?.name,
            ...renderJobPlacement(options),
            imagePullSecrets: renderPullSecrets(
              filler.imagePullSecrets ?? options.imagePullSecrets,
              redis.imagePullSecrets,
            ),
            securityContext: podSecurityContext(options.ids),
            // Init containers end before the others start, and one that fails keeps them from starting.
            initContainers: [container],
            containers: [
              cliContainer({
                name: 'seal',
                redis,
                volume: 'seal',
                directory: SCRIPTS_DIRECTORY,
                environment: queue,
              }),
            ],
            volumes: [
              { name: 'seal', configMap: { name: this.scripts.name } },
              ...connectionVolumes(redis),
              ...volumes,
            ],
          },
        },
      },
    });
    this.job.addDependency(this.scripts, ...(this.bundle?.parts ?? []));
    this.node.defaultChild = this.job;
    refuseOthersOfItsNames(this);
    refuseOtherFills(this, { queueName, redis });
  }
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

function sealScript(store: RedisStore): string {
  return `\
${redisShell(store)}
queue=$${ENV.queue} batch=$${ENV.batch} total=

${IS_NUMBER}
${sealFunction(SCRIPTS_DIRECTORY)}
seal ||
  end ${EXIT.fillInterrupted} "Redis came back with less than the filler pushed ($reply). Another pod fills it again."
`;
}
