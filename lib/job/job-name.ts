import { nameSyntax, SERVICE_NAME, type Syntax } from '../kubernetes';
import type { At } from '../props';
import { isIndexed } from './fleet';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';

/** What the highest index adds to the host name of a pod. */
const HIGHEST_INDEX = '-99999';

/** The name of a Job: all that is named after it must fit into the 63 characters that Kubernetes leaves to each. */
export function jobNameSyntax(props: RedisWorkQueueJobProps): Syntax {
  const suffix = jobNameSuffix(props);
  const why =
    suffix === HIGHEST_INDEX ? `as the host names of pods add an index, up to "${suffix}"` : `as "${suffix}" is added`;
  return nameSyntax(63 - suffix.length, suffix && `, ${why}`);
}

/** The longest of what is added to the name of a Job: where it becomes the host name of a pod, or the name of the fill. */
export function jobNameSuffix(props: RedisWorkQueueJobProps): string {
  if (isIndexed(props)) return HIGHEST_INDEX;
  return props.items || props.filler ? '-fill' : '';
}

/**
 * The name of the store that a Job makes: that of the Job, with `-redis` behind it. There is none where that is not a name
 * for a Service, which is at most 63 characters and starts with a letter.
 */
export function storeName(jobName: string): string | undefined {
  const name = `${jobName}-redis`;
  return SERVICE_NAME.test(name) ? name : undefined;
}

/** Refuses a name that leaves no room for what is added. */
export function checkGivenJobName(props: RedisWorkQueueJobProps, at: At) {
  const { test, allowed } = jobNameSyntax(props);
  if (props.jobName !== undefined && !test(props.jobName)) throw at.prop('jobName').refusal(props.jobName, allowed);
}
