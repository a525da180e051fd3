import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { EntryBundle } from '../entry';
import { type Labels, SERVICE_NAME, STATEFUL_SET_NAME, sharedPodProps } from '../kubernetes';
import type { Program } from '../pod';
import { RedisStore } from '../store';
import type { WorkerProps } from './worker-props';

/** The code of the workers, with an `entry`. */
export function workerBundle(
  scope: Construct,
  name: string,
  { entry }: WorkerProps,
  { bundle }: Program,
  labels: Labels,
): EntryBundle | undefined {
  return (
    bundle &&
    EntryBundle._make(scope, 'Bundle', {
      name: `${name}-worker`,
      prop: 'entry',
      entry: entry as string,
      labels,
      bundle,
    })
  );
}

/** The store that is made by default where queues outlive the workers: one with a volume. */
export function persistentStore(scope: Construct, workersName: string, props: WorkerProps): RedisStore {
  const name = `${workersName}-redis`;
  return RedisStore.persistent(scope, 'Store', {
    statefulSetName: STATEFUL_SET_NAME.test(name) ? name : undefined,
    serviceName: SERVICE_NAME.test(name) ? name : undefined,
    memory: props.redisMemory,
    evictable: props.evictable,
    ...sharedPodProps(props),
  });
}

/** The objects of a store that is made, which are applied before its clients. */
export function objectsOf({ redisPod, statefulSet, service, networkPolicy }: RedisStore): ApiObject[] {
  return [redisPod, statefulSet, service, networkPolicy].filter((object) => object !== undefined);
}
