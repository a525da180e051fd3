import { EXIT, FAIL_JOB_CODES, IGNORED_CODES } from '../../worker/contract';

/** What becomes of a Job when one of its pods has ended. */
export type JobStep = 'replace' | 'go on' | 'fail';

/** The rules by which a work queue's Job goes on: completions unset, and the podFailurePolicy of the construct. */
export class JobRules {
  /** Failures that count. */
  failures = 0;
  private succeeded = false;

  constructor(private readonly backoffLimit: number) {}

  /** A pod has ended with this code. */
  after(code: number): JobStep {
    if (code === EXIT.drained) this.succeeded = true;
    else if (FAIL_JOB_CODES.includes(code)) return 'fail';
    else if (!IGNORED_CODES.includes(code) && ++this.failures > this.backoffLimit) return 'fail';
    // After a success no pod is replaced.
    return this.succeeded ? 'go on' : 'replace';
  }
}
