import type { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { ENV } from '../worker/contract';
import { checkInteger, InvalidPropError, milliseconds } from './invalid-prop';
import { checkEnvironmentName } from './kubernetes-syntax';
import { workerConnection } from './redis-client';
import type { RedisStore } from './redis-store';
import type { Manifest } from './restricted-pod';

/** What a worker is told about its queue. Unset props stay out: the runtime has its own defaults. */
export interface WorkerSettings {
  readonly concurrency?: number;
  readonly lease?: Duration;
  readonly maxAttempts?: number;
  readonly itemTimeout?: Duration;
  readonly startTimeout?: Duration;
  readonly storeTimeout?: Duration;
  readonly settle?: Duration;
  readonly terminationGracePeriod?: Duration;
  readonly tolerateDeadLetters?: boolean;
}

/** The settings as variables, in the order of the contract. */
export function settingsEnvironment(scope: Construct, settings: WorkerSettings): Manifest[] {
  checkInteger(scope, 'concurrency', settings.concurrency, 1, 10_000);
  checkInteger(scope, 'maxAttempts', settings.maxAttempts, 1, 1_000);
  const values: [string, number | string | undefined][] = [
    [ENV.concurrency, settings.concurrency],
    [ENV.lease, milliseconds(scope, 'lease', settings.lease, 1, 3600)],
    [ENV.maxAttempts, settings.maxAttempts],
    [ENV.itemTimeout, milliseconds(scope, 'itemTimeout', settings.itemTimeout, 0)],
    [ENV.startTimeout, milliseconds(scope, 'startTimeout', settings.startTimeout, 0)],
    [ENV.storeTimeout, milliseconds(scope, 'storeTimeout', settings.storeTimeout, 1)],
    [ENV.settle, milliseconds(scope, 'settle', settings.settle, 0)],
    [ENV.grace, milliseconds(scope, 'terminationGracePeriod', settings.terminationGracePeriod, 0)],
    [ENV.tolerateDeadLetters, settings.tolerateDeadLetters ? 'true' : undefined],
  ];
  return values.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: String(value) }]));
}

/** A variable that is this text: a kubelet expands `$(NAME)` in a value, and makes one dollar sign of two. */
export function literal(name: string, text: string): Manifest {
  return { name, value: text.replaceAll('$', '$$$$') };
}

const CONTRACT: readonly string[] = Object.values(ENV);

/** The user's own variables, beside those that take a worker to the store. */
export function userEnvironment(
  scope: Construct,
  redis: RedisStore,
  env: { readonly [name: string]: kplus.EnvValue } | undefined,
  prop = 'env',
): Manifest[] {
  const connection = workerConnection(redis).map((variable) => variable.name);
  return Object.entries(env ?? {}).map(([name, value]) => {
    checkEnvironmentName(scope, prop, name);
    if (CONTRACT.includes(name) || name.startsWith('WORK_QUEUE_')) {
      throw new InvalidPropError(
        scope,
        `a name in ${prop}`,
        name,
        'The construct sets it: REDIS_…, by which workers find the store, and all of WORK_QUEUE_…. ' +
          'Use the prop for it (concurrency, lease, redis …), or another name.',
      );
    }
    if (connection.includes(name)) {
      throw new InvalidPropError(
        scope,
        `a name in ${prop}`,
        name,
        'The construct sets it, for the `certificateAuthorities` of the store. Put all authorities into that one file.',
      );
    }
    if (typeof value !== 'object' || value === null) {
      throw new InvalidPropError(
        scope,
        `${prop}.${name}`,
        value,
        "It must be a kplus.EnvValue: kplus.EnvValue.fromValue('…').",
      );
    }
    if (value.valueFrom) return { name, valueFrom: kplus.k8s.toJson_EnvVarSource(value.valueFrom) };
    // EnvValue.fromProcess has none where the variable is not set here; such a variable is empty in the pod.
    return value.value === undefined ? { name } : { name, value: String(value.value) };
  });
}
