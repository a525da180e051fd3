import { isIndexed } from '../job';
import { nameSyntax, type Syntax } from '../kubernetes';
import type { At } from '../props';
import type { RedisWorkQueueCronJobProps } from './redis-work-queue-cron-job-props';

/** What Kubernetes leaves to a CronJob: 63 characters without a time in minutes, and two to spare. */
const LONGEST = 52;

/** With indexes, host names of pods add the time and the highest index to it. */
const LONGEST_INDEXED = 63 - '-29390400-99999'.length;

/** The name of a CronJob: the names of its Jobs and pods add to it. */
export function cronJobNameSyntax(props: RedisWorkQueueCronJobProps): Syntax {
  if (isIndexed(props)) {
    return nameSyntax(LONGEST_INDEXED, ', as the host names of pods add a time and an index, up to "-29390400-99999"');
  }
  return nameSyntax(LONGEST, ', as the names of its Jobs add a time, "-29390400"');
}

/** Refuses a name that leaves no room for what is added. */
export function checkGivenCronJobName(props: RedisWorkQueueCronJobProps, at: At) {
  const { cronJobName } = props;
  const { test, allowed } = cronJobNameSyntax(props);
  if (cronJobName !== undefined && !test(cronJobName)) throw at.prop('cronJobName').refusal(cronJobName, allowed);
}
