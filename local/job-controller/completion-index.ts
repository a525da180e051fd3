import type { EnvVar } from '../kubelet';

const LABEL = 'batch.kubernetes.io/job-completion-index';
const VARIABLE = 'JOB_COMPLETION_INDEX';

/** What the controller gives to the pod of an index, besides what its template says. */
export interface IndexedPod {
  /** The name is this, and some random letters. */
  readonly generateName: string;
  readonly hostname: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The pod of an index of a Job. */
export function podOfIndex(job: string, index: number): IndexedPod {
  const hostname = `${job}-${index}`;
  return { generateName: `${hostname}-`, hostname, labels: { [LABEL]: String(index) } };
}

/** The variables of a container in the pod of an index: it is told which one, unless it says so itself. */
export function envOfIndex(env: readonly EnvVar[]): EnvVar[] {
  const told = env.some(({ name }) => name === VARIABLE);
  const fieldPath = `metadata.labels['${LABEL}']`;
  return told ? [...env] : [...env, { name: VARIABLE, valueFrom: { fieldRef: { fieldPath } } }];
}
