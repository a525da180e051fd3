import { expand } from '../local/kubelet';
import { ENV } from '../worker/contract';

/** What is read of a container. */
export interface NamedContainer {
  readonly name?: string;
  readonly env?: readonly {
    readonly name?: string;
    readonly value?: string;
    readonly valueFrom?: {
      readonly fieldRef?: { readonly fieldPath?: string };
      readonly secretKeyRef?: { readonly name?: string; readonly key?: string };
    };
  }[];
}

type Labels = Readonly<Record<string, string>>;

/** The labels of the pods of a Job: those of its template, and those by which Kubernetes names the Job. */
export function labelsOfPods(job: string, template: Labels = {}): Labels {
  return { 'batch.kubernetes.io/job-name': job, 'job-name': job, ...template };
}

/** The variables of a container as a kubelet reads them: values, and labels of the pod. Others are not known before it runs. */
export function variablesOf({ env = [] }: NamedContainer, labels: Labels): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const { name, value, valueFrom } of env) {
    const label = /^metadata\.labels\['(.+)'\]$/.exec(valueFrom?.fieldRef?.fieldPath ?? '')?.[1];
    const read = value === undefined ? label && labels[label] : expand(value, Object.fromEntries(variables));
    if (name && read !== undefined) variables.set(name, read);
  }
  return variables;
}

/**
 * Whether pods with these containers do nothing but fill a queue. Init containers do not tell: the pods of a CronJob's run
 * fill their queue in some of them, and work on it then.
 */
export function onlyFill(containers: readonly NamedContainer[]): boolean {
  const fills = ({ name }: NamedContainer) => name === 'fill' || name === 'seal';
  const namesQueue = ({ env = [] }: NamedContainer) => env.some(({ name }) => name === ENV.queue);
  return containers.some(fills) && containers.every((each) => fills(each) || !namesQueue(each));
}
