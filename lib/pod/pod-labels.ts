import { CLIENT_LABEL, type Labels } from '../kubernetes';
import { type At, refuseTakenLabels } from '../props';
import type { RedisStore } from '../store';

/** Refuses labels of the pods of a client that the construct sets. That of a client is free where the store is not made. */
export function checkPodLabels(podLabels: Labels | undefined, redis: RedisStore | undefined, at: At) {
  refuseTakenLabels(
    podLabels,
    at,
    (key) => key === CLIENT_LABEL && redis !== undefined && redis.clientLabels[key] === undefined,
  );
}
