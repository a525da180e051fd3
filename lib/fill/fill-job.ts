import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ENV, EXIT } from '../../worker/contract';
import { FILL, FILL_KEYS } from '../../worker/scripts/fill';
import { checkJobMetadata, placeOf, readProps, readQueue } from '../props';
import { cliContainer, connectionVolumes, REDIS_IDS, type RedisStore, redisShell, shellKeys, takeRoom } from '../store';
import { leaveTree } from '../tree';
import type { FillJobProps } from './fill-job-props';
import { FILL_JOB } from './fill-job-table';
import { type FillPod, fillEnvironment, fillLabels, fillSelector, jobOfFill, scriptsOfFill } from './fill-objects';
import { packItems } from './items';
import { END_IF_FORMER, IS_NUMBER, sealFunction } from './seal-script';

const SCRIPTS_DIRECTORY = '/fill';
const ITEMS_DIRECTORY = '/items';

/** A Redis that goes back so often while it is filled is not going to stay. */
const ROUNDS = 10;

/**
 * Fills a queue once and seals it: a Job of the Redis image, the ConfigMaps with the items, and one with its scripts.
 *
 * It may be killed, retried and applied again: what was pushed is not pushed again, and it goes on where it stopped.
 * Another batch in the queue is replaced where all of it is done and nothing of it is kept, else this one is refused.
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
  /** The labels by which a NetworkPolicy of your own selects the pods of the fill. */
  public readonly podSelector: { readonly [key: string]: string };

  /** @throws InvalidPropError */
  constructor(scope: Construct, id: string, props: FillJobProps) {
    const fill = readQueue(readProps(scope, id, FILL_JOB, props), placeOf(scope, id));
    super(scope, id);
    try {
      checkJobMetadata(fill, placeOf(scope, id), !this._hashed);
      const { name, queueName, items: payloads, redis } = fill;
      const { batch, total, configMaps } = packItems(scope, queueName, payloads);
      const labels = fillLabels(this, fill);
      this.batch = batch;
      this.podSelector = fillSelector(fill);
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
      this.scripts = scriptsOfFill(this, fill, labels, { 'fill.lua': FILL.trimStart(), 'fill.sh': fillScript(redis) });

      const items = this.itemMaps.map((map) => ({ configMap: { name: map.name } }));
      const container = cliContainer({
        name: 'fill',
        redis,
        volume: 'scripts',
        directory: SCRIPTS_DIRECTORY,
        environment: [...fillEnvironment(fill, batch), { name: 'WORK_QUEUE_TOTAL', value: String(total) }],
        resources: props.resources,
        mounts: items.length > 0 ? [{ name: 'items', mountPath: ITEMS_DIRECTORY, readOnly: true }] : [],
      });
      const pod: FillPod = {
        hashed: this._hashed,
        backoffLimit: 6,
        judged: ['fill'],
        ids: (fill.idsFromNamespace ?? redis.idsFromNamespace) ? undefined : REDIS_IDS,
        labels: { ...labels, ...fill.podLabels, ...redis.clientLabels },
        spec: {
          containers: [container],
          volumes: [
            { name: 'scripts', configMap: { name: this.scripts.name } },
            ...(items.length > 0 ? [{ name: 'items', projected: { sources: items } }] : []),
            ...connectionVolumes(redis),
          ],
        },
      };
      this.job = jobOfFill(this, fill, labels, pod, [this.scripts, ...this.itemMaps]);
      takeRoom(redis, queueName, payloads);
    } catch (error) {
      leaveTree(this);
      throw error;
    }
  }

  /**
   * Whether the name of the Job ends in a hash of its pod.
   *
   * @internal
   */
  protected get _hashed(): boolean {
    return false;
  }
}

/** The fill of a `RedisWorkQueueJob` whose name nobody has given. */
export class HashedFillJob extends FillJob {
  /** @internal */
  protected override get _hashed(): boolean {
    return true;
  }
}

/**
 * What pushes the items, and seals the queue.
 *
 * @param before what it does first
 */
export function fillScript(store: RedisStore, before = ''): string {
  return `\
${redisShell(store)}
queue=$${ENV.queue} batch=$${ENV.batch} total=$WORK_QUEUE_TOTAL
${before}
${IS_NUMBER}
${END_IF_FORMER}
fill_script=$(cat ${SCRIPTS_DIRECTORY}/fill.lua)
push() {
  # The first call names the batch, which one without items needs as well.
  if [ "$total" -eq 0 ]; then
    until redis EVAL "$fill_script" ${shellKeys(FILL_KEYS, '$queue')} "$batch" "$batch" 0 raw; do
      await_redis
    done
    is_number || return 1
    end_if_former
  fi
  for file in ${ITEMS_DIRECTORY}/*.json; do
    [ -e "$file" ] || continue
    offset=$(expr "$(basename "$file" .json)" + 0)
    until redis -x EVAL "$fill_script" ${shellKeys(FILL_KEYS, '$queue')} "$batch" "$batch" "$offset" json <"$file"; do
      await_redis
    done
    is_number || return 1
    pushed=\${reply#(integer) }
    [ "$offset" -gt 0 ] || end_if_former
    say "$pushed of $total items are in $queue."
  done
}

${sealFunction(store, SCRIPTS_DIRECTORY)}
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
