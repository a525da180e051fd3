import { Chart } from 'cdk8s';
import { CLIENT_LABEL } from './kubernetes';
import { type IWorkQueue, MOST_AFTER } from './pod';
import { type At, mountPoint, refuseTakenPath } from './props';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';
import { connectionMounts, type RedisStore } from './store';

/** Refuses what does not go together with the store that was given. */
export function checkBesideStore(props: RedisWorkQueueJobProps, at: At) {
  const { redis, filler } = props;
  checkPodLabels(Object.keys(props.podLabels ?? {}), redis, at);
  if (!redis) return;
  checkNamespace(redis, at.prop('redis'));
  for (const [program, here] of [[props, at] as const, [filler, at.prop('filler')] as const]) {
    const taken = new Map(
      connectionMounts(redis).map(({ mountPath }) => [
        mountPoint(String(mountPath)),
        'the `certificateAuthorities` of the store',
      ]),
    );
    program?.volumes?.forEach(({ path }, index) => {
      refuseTakenPath(path, taken, here.prop('volumes').element(index));
    });
  }
}

/** Labels of the pods that the Job or the construct sets. That of a client is free where the store is not made. */
const TAKEN_LABEL = /^(batch\.kubernetes\.io\/|cdk8s-redis-work-queue\/|job-name$|controller-uid$)/;

function checkPodLabels(keys: readonly string[], redis: RedisStore | undefined, at: At) {
  const isFree = (key: string) => key === CLIENT_LABEL && redis !== undefined && redis.clientLabels[key] === undefined;
  const taken = keys.find((key) => TAKEN_LABEL.test(key) && !isFree(key));
  if (taken === undefined) return;
  throw at.as('a key of podLabels').refusal(taken, 'It is set by the Job or the construct; use another one.');
}

function checkNamespace(redis: RedisStore, at: At) {
  if (!redis.service) return;
  if (redis.node.root !== at.scope.node.root) {
    throw at.refusal(redis, 'It is made in another App than this chart. Make it in a chart of this App.');
  }
  const here = Chart.of(at.scope).namespace;
  const there = Chart.of(redis).namespace;
  if (here === there) return;
  throw at.refusal(
    `a store in the namespace ${there ?? '(of kubectl)'}`,
    `This Job is in ${here ?? '(that of kubectl)'}, and a store that is made serves only its own namespace. ` +
      'Use one namespace, or RedisStore.external with the full name of its Service.',
  );
}

/** Refuses queues that the pods of a Job on this store cannot wait for. */
export function checkAfter({ after = [], queueName }: RedisWorkQueueJobProps, redis: RedisStore, at: At) {
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
    const same = known.findIndex((other) => isOneQueue(queue, other));
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

function isOneQueue(one: IWorkQueue, other: IWorkQueue): boolean {
  return one.queueName === other.queueName && (one.redis === other.redis || one.redis.url === other.redis.url);
}

/** Whether no pod can be let in by both. */
function isOtherStore(one: RedisStore, other: RedisStore): boolean {
  const [label, otherLabel] = [one.clientLabels[CLIENT_LABEL], other.clientLabels[CLIENT_LABEL]];
  return label !== undefined && otherLabel !== undefined && label !== otherLabel;
}
