import { Duration } from 'cdk8s';
import { inSeconds } from './quantity';

/** Long enough to read the logs of what failed over a holiday. */
const DEFAULT_TTL = Duration.days(7);

/** How long a finished Job is kept. A changed Job has another name, so what is not removed piles up. */
export function ttlSecondsAfterFinished(ttl: Duration = DEFAULT_TTL): number {
  return inSeconds(ttl);
}
