import { ApiObject, type Duration } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { ENV, EXIT } from '../../worker/contract';
import { FILL } from '../../worker/scripts/fill';
import type { Toleration } from '../kubernetes/placement';
import { podSecurityContext } from '../kubernetes/restricted-pod';
import { readProps } from '../props/door';
import { FILL_JOB } from '../props/tables';
import { cliContainer, connectionVolumes } from '../store/redis-client';
import { REDIS_IDS } from '../store/redis-server';
import { redisShell } from '../store/redis-shell';
import type { RedisStore } from '../store/redis-store';
import { leaveTree } from '../tree/leave-tree';
import { type FillPod, fillEnvironment, fillLabels, jobOfFill, scriptsOfFill } from './fill-objects';
import { packItems } from './items';
import { IS_NUMBER, sealFunction } from './seal-script';

const SCRIPTS_DIRECTORY = '/fill';
const ITEMS_DIRECTORY = '/items';

/** A Redis that goes back so often while it is filled is not going to stay. */
const ROUNDS = 10;

/** Props of `FillJob`. */
export interface FillJobProps {
  /**
   * Name of the Job. The ConfigMaps are named after it.
   *
   * @example name: 'thumbnails-fill'
   */
  readonly name: string;
  /**
   * The queue that is filled.
   *
   * @example queueName: 'thumbnails'
   */
  readonly queueName: string;
  /**
   * Payloads, in order.
   *
   * @example items: ['apple', 'banana', 'cherry']
   */
  readonly items: string[];
  /**
   * The store that holds the queue.
   *
   * @example redis: RedisStore.persistent(chart, 'redis')
   */
  readonly redis: RedisStore;
  /**
   * How long to wait for a Redis that does not answer.
   *
   * @default Duration.minutes(5)
   * @example storeTimeout: Duration.minutes(15)
   */
  readonly storeTimeout?: Duration;
  /**
   * How long the Job is kept after it has finished.
   *
   * @default - until it is deleted
   * @example ttlAfterFinished: Duration.days(1)
   */
  readonly ttlAfterFinished?: Duration;
  /**
   * Secrets to pull the image with, beside those of the store.
   *
   * @default - those of the store; where it has none, those of the service account
   * @example imagePullSecrets: [kplus.Secret.fromSecretName(chart, 'registry', 'registry-credentials')]
   */
  readonly imagePullSecrets?: kplus.ISecret[];
  /**
   * Labels that a node must carry.
   *
   * @default - any node
   * @example nodeSelector: { 'kubernetes.io/arch': 'amd64' }
   */
  readonly nodeSelector?: { readonly [label: string]: string };
  /**
   * Taints that the pod tolerates. It leaves a node that is not ready or unreachable after 30 seconds, unless a
   * toleration here says otherwise.
   *
   * @default - only those two
   * @example tolerations: [{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }]
   */
  readonly tolerations?: Toleration[];
  /**
   * PriorityClass of the pod.
   *
   * @default - the cluster's default
   * @example priorityClassName: 'batch-low'
   */
  readonly priorityClassName?: string;
  /**
   * Further labels of the pod and of the objects.
   *
   * @default - those of the chart, and what describes the fill under `app.kubernetes.io/`
   * @example labels: { team: 'media' }
   */
  readonly labels?: { readonly [key: string]: string };
}

/**
 * Fills a queue once and seals it: a Job of the Redis image, the ConfigMaps with the items, and one with its scripts.
 *
 * It may be killed, retried and applied again: what was pushed is not pushed again, and it goes on where it stopped.
 * A queue that holds another batch is refused.
 *
 * Children: `Resource` (the Job), `Scripts`, `Items0`, `Items1` and so on.
 */
export class FillJob extends Construct {
  /** The Job. */
  public readonly job: ApiObject;
  /** The ConfigMap with the scripts. */
  public readonly scripts: ApiObject;
  /** The ConfigMaps with the items, in order. */
  public readonly itemMaps: ApiObject[];
  /** Hash of the queue's name and of the items. */
  public readonly batch: string;

  /** @throws InvalidPropError */
  constructor(scope: Construct, id: string, props: FillJobProps) {
    props = readProps(scope, id, FILL_JOB, props);
    super(scope, id);
    try {
      const { name, queueName, redis } = props;
      const { batch, total, configMaps } = packItems(scope, queueName, props.items);
      const labels = fillLabels(this, props);
      this.batch = batch;
      this.itemMaps = configMaps.map(
        (chunks, index) =>
          new ApiObject(this, `Items${index}`, {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            // The batch is in the name, so other items never meet a Job that is still reading these.
            metadata: { name: `${name}-${batch}-${index}`, labels },
            immutable: true,
            data: Object.fromEntries(chunks.map(({ file, json }) => [file, json])),
          }),
      );
      this.scripts = scriptsOfFill(this, props, labels, { 'fill.lua': FILL.trimStart(), 'fill.sh': fillScript(redis) });

      const items = this.itemMaps.map((map) => ({ configMap: { name: map.name } }));
      const container = cliContainer({
        name: 'fill',
        redis,
        volume: 'scripts',
        directory: SCRIPTS_DIRECTORY,
        environment: [...fillEnvironment(props, batch), { name: 'WORK_QUEUE_TOTAL', value: String(total) }],
        mounts: items.length > 0 ? [{ name: 'items', mountPath: ITEMS_DIRECTORY, readOnly: true }] : [],
      });
      const pod: FillPod = {
        jobName: name,
        backoffLimit: 6,
        judged: ['fill'],
        labels: { ...labels, ...redis.clientLabels },
        spec: {
          securityContext: podSecurityContext(REDIS_IDS),
          containers: [container],
          volumes: [
            { name: 'scripts', configMap: { name: this.scripts.name } },
            ...(items.length > 0 ? [{ name: 'items', projected: { sources: items } }] : []),
            ...connectionVolumes(redis),
          ],
        },
      };
      this.job = jobOfFill(this, props, labels, pod, [this.scripts, ...this.itemMaps]);
    } catch (error) {
      leaveTree(this);
      throw error;
    }
  }
}

function fillScript(store: RedisStore): string {
  return `\
${redisShell(store)}
queue=$${ENV.queue} batch=$${ENV.batch} total=$WORK_QUEUE_TOTAL

${IS_NUMBER}
fill_script=$(cat ${SCRIPTS_DIRECTORY}/fill.lua)
push() {
  for file in ${ITEMS_DIRECTORY}/*.json; do
    [ -e "$file" ] || continue
    offset=$(expr "$(basename "$file" .json)" + 0)
    until redis -x EVAL "$fill_script" 1 "$queue" "$batch" "$batch" "$offset" json <"$file"; do
      await_redis
    done
    is_number || return 1
    say "\${reply#(integer) } of $total items are in $queue."
  done
}

${sealFunction(SCRIPTS_DIRECTORY)}
# What is in is not pushed again.
round=1
until push && seal; do
  say "Redis came back with less than it had: $reply"
  [ "$round" -lt ${ROUNDS} ] ||
    end ${EXIT.fillInterrupted} "Gave up after ${ROUNDS} tries. Another pod pushes what is missing."
  round=$((round + 1))
done
`;
}
