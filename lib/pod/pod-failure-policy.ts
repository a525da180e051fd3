import { EXIT, FAIL_JOB_CODES, IGNORED_CODES } from '../../worker/contract';
import type { Manifest } from '../kubernetes';

/** Exit codes by which a container says that another pod would end the same way. */
const FAIL_JOB = {
  worker: FAIL_JOB_CODES,
  // In place of the worker, whose container is then a program that knows nothing of these codes: what it ends with is nobody's
  // word. It ends with 80 or 143 for reasons of its own, and is started again in its pod.
  agent: FAIL_JOB_CODES,
  gate: [EXIT.deadLetters, EXIT.configuration, EXIT.dataLost, EXIT.neverFilled],
  turn: [EXIT.deadLetters, EXIT.configuration, EXIT.dataLost, EXIT.neverFilled],
  fill: [EXIT.configuration, EXIT.dataLost],
  seal: [EXIT.configuration, EXIT.dataLost],
  after: [EXIT.configuration],
} satisfies Record<string, readonly number[]>;

/** A container whose exit codes are part of the contract. */
export type ContractContainer = Exclude<keyof typeof FAIL_JOB, 'after'> | `after-${number}`;

/** Kubernetes takes so many rules. */
const MOST_RULES = 20;

/** So many queues may be waited for beside two other containers, by two rules each. */
export const MOST_AFTER = Math.floor((MOST_RULES - 1) / 2) - 2;

/**
 * What the Job makes of a failed pod. The first rule that matches wins, so a disruption comes first: an evicted worker
 * may end with any code. What no rule matches counts against `backoffLimit`.
 *
 * Each rule names its container. Without a name it would match any container of the pod, and a sidecar that ends with
 * 143 when the pod is torn down, as mesh proxies do, would excuse every failure of the worker.
 */
export function podFailurePolicy(...containers: readonly ContractContainer[]): Manifest {
  const on = (containerName: string, values: readonly number[]) => ({
    onExitCodes: { containerName, operator: 'In', values: [...values] },
  });
  return {
    rules: [
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      ...containers.map((name) => ({ action: 'FailJob', ...on(name, failJobCodes(name)) })),
      ...containers.map((name) => ({ action: 'Ignore', ...on(name, IGNORED_CODES) })),
    ],
  };
}

function failJobCodes(container: ContractContainer): readonly number[] {
  return FAIL_JOB[container.replace(/-\d+$/, '') as keyof typeof FAIL_JOB];
}
