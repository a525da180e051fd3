import { count, countOf, duration } from '../text';
import type { Plan } from './plan';
import type { Scaler } from './scaler';

/** From how many workers to how many. */
export function scaledFleet({ least, most }: Scaler): string {
  return least === most
    ? `${countOf(most, 'worker')} at once`
    : `From ${count(least)} to ${countOf(most, 'worker')} at once`;
}

/** What sets their number. */
export function scalerWords({ scaler, queue }: Plan): string[] {
  if (!scaler) return [];
  const { kind, name, least, itemsPerWorker, by, cooldown } = scaler;
  const rule =
    itemsPerWorker === undefined
      ? `by ${by.length === 0 ? 'what it does not say here' : by.join(', ')}`
      : `by the items that wait in the queue ${queue}, one worker for each ${itemsPerWorker} of them`;
  const none =
    least > 0
      ? ''
      : kind === 'ScaledObject'
        ? ` None runs once there was nothing to do for ${duration(cooldown)}.`
        : ' None runs while there is nothing to do.';
  return [`${kind} ${name}${kind === 'ScaledObject' ? ' of KEDA' : ''} sets their number, ${rule}.${none}`];
}

/** A number in the manifest beside a scaler. */
export function oddReplicas({ scaler, counted, workers }: Plan): string[] {
  if (!scaler || !counted) return [];
  return [
    `replicas is ${count(workers)}: each time the manifest is applied it undoes what ${scaler.kind} ${scaler.name} did. Leave it out.`,
  ];
}
