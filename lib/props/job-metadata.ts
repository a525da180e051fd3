import { type JobMetadataProps, REPLACEABLE } from '../kubernetes';
import type { At } from './kind';
import { annotations, labels } from './kinds';
import type { Table } from './shape';
import { refuseTakenLabels } from './taken-labels';

/** The props of the metadata of Jobs. */
export const JOB_METADATA: Table<JobMetadataProps> = {
  jobLabels: { is: labels },
  jobAnnotations: { is: annotations },
};

/** What Kueue reads in the metadata of a Job, and the part of `kueue` that it is. */
const OF_KUEUE: { readonly [key: string]: string } = {
  'kueue.x-k8s.io/queue-name': 'localQueue: "batch"',
  'kueue.x-k8s.io/priority-class': 'localQueue: "batch", priorityClass: "low"',
  'kueue.x-k8s.io/max-exec-time-seconds': 'localQueue: "batch", maxExecTime: Duration.hours(6)',
  'kueue.x-k8s.io/job-min-parallelism': 'localQueue: "batch", minParallelism: 2',
  'kueue.x-k8s.io/job-completions-equal-parallelism': 'localQueue: "batch", minParallelism: 2',
};

/**
 * Refuses labels and annotations of a Job that the construct sets, or has a prop for.
 *
 * @param isNamed whether somebody gave its name, so that a changed one must be replaced
 */
export function checkJobMetadata({ jobLabels, jobAnnotations }: JobMetadataProps, at: At, isNamed: boolean) {
  refuseTakenLabels(jobLabels, at.prop('jobLabels'));
  for (const [prop, given] of Object.entries({ jobLabels, jobAnnotations })) {
    for (const [key, value] of Object.entries(given ?? {})) {
      const here = at.prop(prop).under(key);
      if (OF_KUEUE[key]) throw here.refusal(value, `It is a part of \`kueue\`: { ${OF_KUEUE[key]} }.`);
    }
  }
  if (!isNamed) return;
  for (const [key, needed] of Object.entries(REPLACEABLE)) {
    const given = jobAnnotations?.[key];
    if (given === undefined || needed.split(',').every((option) => given.split(/ *, */).includes(option))) continue;
    throw at
      .prop('jobAnnotations')
      .under(key)
      .refusal(
        given,
        `A changed Job of this name has to be replaced, so it must have ${JSON.stringify(needed)}. Add that, or leave the name of the Job to the construct.`,
      );
  }
}
