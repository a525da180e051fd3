import type { Duration } from 'cdk8s';
import { ENV } from '../../worker/contract';
import { inMilliseconds, type Manifest } from '../kubernetes';
import type { Rate } from '../props';
import type { LogFormat } from './log-format';

/** What a worker is told about its queue. Unset props stay out: the runtime has its own defaults. */
export interface WorkerSettings {
  readonly concurrency?: number;
  readonly lease?: Duration;
  readonly maxAttempts?: number;
  readonly itemTimeout?: Duration;
  readonly rate?: Rate;
  readonly startTimeout?: Duration;
  readonly storeTimeout?: Duration;
  readonly settle?: Duration;
  readonly terminationGracePeriod?: Duration;
  readonly tolerateDeadLetters?: boolean;
  readonly failFast?: boolean;
  readonly logFormat?: LogFormat;
}

/** The settings as variables, in the order of the contract. */
export function settingsEnvironment(settings: WorkerSettings): Manifest[] {
  const ms = (duration: Duration | undefined) => duration && inMilliseconds(duration);
  const values: [string, number | string | undefined][] = [
    [ENV.concurrency, settings.concurrency],
    [ENV.lease, ms(settings.lease)],
    [ENV.maxAttempts, settings.maxAttempts],
    [ENV.itemTimeout, ms(settings.itemTimeout)],
    [ENV.rate, settings.rate && `${settings.rate.items}/${ms(settings.rate.per)}`],
    [ENV.startTimeout, ms(settings.startTimeout)],
    [ENV.storeTimeout, ms(settings.storeTimeout)],
    [ENV.settle, ms(settings.settle)],
    [ENV.grace, ms(settings.terminationGracePeriod)],
    [ENV.tolerateDeadLetters, settings.tolerateDeadLetters ? 'true' : undefined],
    [ENV.failFast, settings.failFast ? 'true' : undefined],
    [ENV.log, settings.logFormat],
  ];
  return values.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: String(value) }]));
}

/** A variable that a kubelet takes from the pod. */
export function fromField(name: string, fieldPath: string): Manifest {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
