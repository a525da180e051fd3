import { Size } from 'cdk8s';
import {
  type ContainerResources,
  Cpu,
  containerSecurityContext,
  type EnvValue,
  type Manifest,
  renderResources,
  type VolumeMount,
} from '../kubernetes';

/** Props that say how any container runs, whatever its image is. */
export interface ContainerProps {
  readonly args?: string[];
  readonly env?: { readonly [name: string]: string | number | boolean | EnvValue };
  // biome-ignore lint/suspicious/noExplicitAny: as the exported props have it
  readonly envFrom?: any[];
  readonly imagePullPolicy?: string;
  // biome-ignore lint/suspicious/noExplicitAny: as the exported props have it
  readonly lifecycle?: any;
  readonly resources?: ContainerResources;
  // biome-ignore lint/suspicious/noExplicitAny: as the exported props have it
  readonly securityContext?: any;
}

const UNSET: ContainerResources = { cpu: { request: Cpu.millis(100) }, memory: { request: Size.mebibytes(128) } };

/** The fields of a container that these props make. */
export function containerFields(props: ContainerProps, readOnlyRootFilesystem?: boolean): Manifest {
  return {
    args: props.args,
    envFrom: props.envFrom && undefinedIfEmpty(props.envFrom),
    imagePullPolicy: props.imagePullPolicy,
    lifecycle: props.lifecycle,
    resources: renderResources(props.resources, UNSET),
    securityContext: containerSecurityContext(readOnlyRootFilesystem, props.securityContext),
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

/** Where a container mounts its volumes. */
export function renderMounts(mounts: readonly VolumeMount[] = []): Manifest[] {
  return mounts.map(({ volume, ...mount }) => ({ name: volume.name, ...mount }));
}

/** The volumes of a pod whose containers mount these: each once. */
export function renderVolumes(mounts: readonly VolumeMount[]): Manifest[] {
  return [...new Map(mounts.map(({ volume }) => [volume.name, { ...volume }])).values()];
}

/** The user's own variables. */
export function userEnvironment(env: ContainerProps['env'] = {}): Manifest[] {
  return Object.entries(env).map(([name, given]) => {
    const { value, valueFrom }: EnvValue = typeof given === 'object' ? given : { value: String(given) };
    if (valueFrom) return { name, valueFrom };
    return value === undefined ? { name } : { name, value };
  });
}

export function undefinedIfEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}
