import { FAIL_JOB_CODES, IGNORED_CODES } from '../../worker/contract';

export interface PodFailurePolicy {
  readonly rules: readonly PodFailureRule[];
}

interface PodFailureRule {
  readonly action: PodFailureAction;
  readonly onExitCodes?: {
    /** @default - any container */
    readonly containerName?: string;
    readonly operator: string;
    readonly values: readonly number[];
  };
  readonly onPodConditions?: readonly { readonly type: string; readonly status: string }[];
}

export type PodFailureAction = 'FailJob' | 'Ignore' | 'Count';

/** How a pod has ended. */
export interface PodEnd {
  /** Whether it is one of those that the Job is after: each container but the sidecars exited 0. */
  readonly succeeded: boolean;
  /** Exit codes by the name of the container, those of sidecars included. */
  readonly exitCodes: ReadonlyMap<string, number>;
  /** Whether it was evicted or lost its node, which Kubernetes notes as the condition DisruptionTarget. @default false */
  readonly disrupted?: boolean;
}

/** What the worker's container is called by {@link WORKER_POLICY}. */
const WORKER = 'worker';

/** The policy that the construct gives its Job, for a pod with the worker alone. */
export const WORKER_POLICY: PodFailurePolicy = {
  rules: [
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'FailJob', onExitCodes: { containerName: WORKER, operator: 'In', values: FAIL_JOB_CODES } },
    { action: 'Ignore', onExitCodes: { containerName: WORKER, operator: 'In', values: IGNORED_CODES } },
  ],
};

/** How a pod with the worker alone has ended. */
export function workerEnd(exitCode: number, disrupted = false): PodEnd {
  return { succeeded: exitCode === 0, exitCodes: new Map([[WORKER, exitCode]]), disrupted };
}

/** What a policy makes of a failed pod: the first rule that matches wins, and what no rule matches counts. */
export function actionOn({ exitCodes, disrupted = false }: PodEnd, policy?: PodFailurePolicy): PodFailureAction {
  const rule = policy?.rules.find(
    ({ onExitCodes, onPodConditions }) =>
      (onExitCodes && [...exitCodes].some(([container, code]) => matches(onExitCodes, container, code))) ||
      (disrupted && onPodConditions?.some(({ type, status }) => type === 'DisruptionTarget' && status === 'True')),
  );
  return rule?.action ?? 'Count';
}

/** Neither operator matches a container that exited 0. */
function matches(
  { containerName, operator, values }: NonNullable<PodFailureRule['onExitCodes']>,
  container: string,
  code: number,
): boolean {
  return code !== 0 && (containerName ?? container) === container && values.includes(code) === (operator === 'In');
}
