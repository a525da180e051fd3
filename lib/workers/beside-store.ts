import type { QueueFiller } from '../fill';
import { CLIENT_LABEL } from '../kubernetes';
import { type At, mountPoint, refuseTakenPath } from '../props';
import { checkNamespace, connectionMounts, type RedisStore } from '../store';
import type { WorkerProps } from './worker-props';

/** Refuses what does not go together with the store that was given. */
export function checkBesideStore(props: WorkerProps & { readonly filler?: QueueFiller }, at: At) {
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
    program?.volumeMounts?.forEach(({ mountPath }, index) => {
      refuseTakenPath(mountPath, taken, here.prop('volumeMounts').element(index));
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
