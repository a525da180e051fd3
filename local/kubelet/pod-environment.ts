import { expand } from './expand';

/** One entry of a container's `env`, as in the manifest. */
export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string }; readonly secretKeyRef?: object };
}

export interface PodMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a kubelet makes of a container's `env`. */
export function resolveEnv(env: readonly EnvVar[], pod: PodMetadata): Record<string, string> {
  const resolved: Record<string, string> = {};
  for (const each of env) resolved[each.name] = resolve(each, pod, resolved);
  return resolved;
}

function resolve({ name, value, valueFrom }: EnvVar, pod: PodMetadata, before: Record<string, string>): string {
  if (!valueFrom) return expand(value ?? '', before);
  const path = valueFrom.fieldRef?.fieldPath;
  const label = /^metadata\.labels\['(.+)'\]$/.exec(path ?? '')?.[1];
  const found =
    path === 'metadata.name' ? pod.name : path === 'metadata.namespace' ? pod.namespace : label && pod.labels[label];
  if (!found) throw new Error(`There is nothing on this machine to take ${name} from: ${JSON.stringify(valueFrom)}`);
  return found;
}
