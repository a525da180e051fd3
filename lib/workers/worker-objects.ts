import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { EntryBundle, ownProgram } from '../entry';
import { type Labels, SERVICE_NAME, STATEFUL_SET_NAME, sharedPodProps } from '../kubernetes';
import { type Program, readProgram } from '../pod';
import type { NamedQueue } from '../props';
import { RedisStore } from '../store';
import type { WorkerProps } from './worker-props';

/**
 * What the workers run: an entry, or an image, with a program of this package beside it or in it.
 *
 * @throws InvalidPropError the entry cannot be bundled, or works on another queue
 */
export function workerProgram(scope: Construct, props: WorkerProps & NamedQueue): Program {
  const own = props.agent ? 'agent' : props.run ? 'command' : undefined;
  if (!own) return readProgram(scope, '', props, 'worker', props);
  return { image: props.image as string, bundle: ownProgram(own), own };
}

/** The code of the workers, with an `entry`; with `agent` or `run`, that of the agent, or of what runs the command. */
export function workerBundle(
  scope: Construct,
  name: string,
  { entry = '' }: WorkerProps,
  { bundle, own }: Program,
  labels: Labels,
): EntryBundle | undefined {
  return (
    bundle &&
    EntryBundle._make(scope, 'Bundle', {
      name: `${name}-${own ?? 'worker'}`,
      prop: 'entry',
      entry,
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
