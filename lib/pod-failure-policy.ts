import { FAIL_JOB_CODES, IGNORED_CODES } from '../worker/contract';
import type { Manifest } from './restricted-pod';

/**
 * What the Job makes of a failed pod. The first rule that matches wins, so a disruption comes first: an evicted worker
 * may end in any code. No rule names a container, so the codes of init containers count too. What no rule matches is
 * counted against `backoffLimit`.
 */
export function podFailurePolicy(failJobCodes: readonly number[] = FAIL_JOB_CODES): Manifest {
  return {
    rules: [
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'FailJob', onExitCodes: { operator: 'In', values: [...failJobCodes] } },
      { action: 'Ignore', onExitCodes: { operator: 'In', values: [...IGNORED_CODES] } },
    ],
  };
}
