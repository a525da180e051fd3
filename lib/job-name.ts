import { nameSyntax, SERVICE_NAME, type Syntax } from './kubernetes';
import type { At } from './props';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';

/** The name of a Job: all that is named after it must fit into the 63 characters that Kubernetes leaves to each. */
export function jobNameSyntax({ jobName, entry, items, filler }: RedisWorkQueueJobProps): Syntax {
  const hash = jobName === undefined ? '-0123abcd' : '';
  const suffixes = [entry ? hash : '', items || filler ? '-fill' : '', filler?.entry ? `-fill${hash}` : ''];
  const longest = suffixes.reduce((a, b) => (b.length > a.length ? b : a));
  return nameSyntax(63 - longest.length, longest && `, as "${longest}" is added`);
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
