import { Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { type Bundle, type BundlingOptions, bundleEntry, DEFAULT_NODE_IMAGE, type EntryBundle } from '../entry';
import {
  type ContainerResources,
  Cpu,
  containerSecurityContext,
  cpuQuantity,
  type EnvValue,
  type Manifest,
  memoryQuantity,
  type VolumeMount,
} from '../kubernetes';
import { connectionMounts, type RedisStore, workerConnection } from '../store';

/** Props by which a user says what a container runs. */
export interface ProgramProps {
  readonly image?: string;
  readonly entry?: string;
  readonly nodeImage?: string;
  readonly bundling?: BundlingOptions;
  readonly command?: string[];
  readonly args?: string[];
  readonly env?: { readonly [name: string]: EnvValue };
  readonly resources?: ContainerResources;
  readonly volumes?: VolumeMount[];
  readonly readOnlyRootFilesystem?: boolean;
}

/** What a container runs: an image, or a bundle and the image that it runs on. */
export interface Program {
  readonly image: string;
  readonly bundle?: Bundle;
}

/**
 * What a container runs.
 *
 * @param prefix what stands before the names of the props in messages
 */
export function readProgram(scope: Construct, prefix: string, props: ProgramProps, kind: 'worker' | 'filler'): Program {
  const { image = '', entry, nodeImage = DEFAULT_NODE_IMAGE, bundling } = props;
  if (entry === undefined) return { image };
  return { image: nodeImage, bundle: bundleEntry(scope, `${prefix}entry`, entry, kind, bundling) };
}

/** Options of `renderProgram`. */
export interface ProgramOptions {
  readonly name: string;
  readonly program: Program;
  readonly entryBundle?: EntryBundle;
  readonly redis: RedisStore;
  readonly environment: readonly Manifest[];
}

/** The container of a program, and the volumes that it needs besides those of the connection. */
export function renderProgram(
  props: ProgramProps,
  { name, program, entryBundle, redis, environment }: ProgramOptions,
): { container: Manifest; volumes: Manifest[] } {
  const { mounts, volumes } = renderVolumes(props.volumes ?? []);
  const run = entryBundle?._run(mounts);
  return {
    container: {
      name,
      image: program.image,
      command: run?.command ?? props.command,
      args: props.args,
      workingDir: run?.workingDir,
      env: [...workerConnection(redis), ...environment],
      resources: renderResources(props.resources ?? {}),
      securityContext: containerSecurityContext(props.readOnlyRootFilesystem ?? (run && true)),
      terminationMessagePolicy: 'FallbackToLogsOnError',
      volumeMounts: undefinedIfEmpty([...connectionMounts(redis), ...(run?.mounts ?? []), ...mounts]),
    },
    volumes: [...(run?.volumes ?? []), ...volumes],
  };
}

export function undefinedIfEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

function renderVolumes(mounts: VolumeMount[]): { mounts: Manifest[]; volumes: Manifest[] } {
  const volumes = new Map(mounts.map(({ volume }) => [volume.name, { ...volume }]));
  const rendered = mounts.map(({ path, volume, propagation, readOnly, subPath, subPathExpr }) => ({
    name: volume.name,
    mountPath: path,
    mountPropagation: propagation,
    readOnly,
    subPath,
    subPathExpr,
  }));
  return { mounts: rendered, volumes: [...volumes.values()] };
}

function renderResources(given: ContainerResources): Manifest {
  const { cpu = { request: Cpu.millis(100) }, memory = { request: Size.mebibytes(128) }, ephemeralStorage } = given;
  const amounts = (name: 'request' | 'limit') => {
    const [cpus, bytes, disk] = [cpu[name], memory[name], ephemeralStorage?.[name]];
    const rendered = {
      cpu: cpus && cpuQuantity(cpus),
      memory: bytes && memoryQuantity(bytes),
      'ephemeral-storage': disk && memoryQuantity(disk),
    };
    return Object.values(rendered).some((amount) => amount !== undefined) ? rendered : undefined;
  };
  return { requests: amounts('request'), limits: amounts('limit') };
}
