import { CLIENT_LABEL } from '../kubernetes';
import { type IWorkQueue, MOST_AFTER } from '../pod';
import type { At, NamedQueue } from '../props';
import { checkNamespace, type RedisStore } from '../store';
import { isOneStore } from '../tree';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';

/** Refuses queues that the pods of a Job on this store cannot wait for. */
export function checkAfter({ after = [], queueName }: RedisWorkQueueJobProps & NamedQueue, redis: RedisStore, at: At) {
  const here = at.prop('after');
  if (after.length > MOST_AFTER) {
    throw here.refusal(
      `${after.length} queues`,
      `A pod can wait for ${MOST_AFTER}, as Kubernetes takes 20 rules in a podFailurePolicy. ` +
        'Let a Job in between wait for some of them, and this one for that.',
    );
  }
  const known: IWorkQueue[] = [{ queueName, redis }];
  after.forEach((queue, index) => {
    const element = here.element(index);
    const shown = `the queue ${JSON.stringify(queue.queueName)}`;
    const same = known.findIndex(
      (other) => other.queueName === queue.queueName && isOneStore(other.redis, queue.redis, at.scope, at.scope),
    );
    if (same === 0) throw element.refusal(shown, 'It is the queue of this Job, which would wait for itself.');
    if (same > 0) throw element.refusal(shown, 'It is named twice. Remove one of them.');
    checkNamespace(queue.redis, element.prop('redis'));
    const other = known.find((each) => isOtherStore(each.redis, queue.redis));
    if (other) {
      throw element.refusal(
        `${shown} on ${queue.redis.host}`,
        `The queue ${JSON.stringify(other.queueName)} is on ${other.redis.host}, and a pod is a client of one store that a chart ` +
          'makes. Give the Jobs one store: redis: RedisStore.persistent(chart, "redis").',
      );
    }
    known.push(queue);
  });
}

/** Whether no pod can be let in by both. */
function isOtherStore(one: RedisStore, other: RedisStore): boolean {
  const [label, otherLabel] = [one.clientLabels[CLIENT_LABEL], other.clientLabels[CLIENT_LABEL]];
  return label !== undefined && otherLabel !== undefined && label !== otherLabel;
}
