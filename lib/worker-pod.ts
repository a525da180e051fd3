import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { type Bundle, bundle } from './bundle';
import { DEFAULT_NODE_IMAGE, type EntryBundle } from './entry-bundle';
import { InvalidPropError } from './invalid-prop';
import { checkImage, checkName } from './kubernetes-syntax';
import { CPU, requestAndLimit, SIZE } from './quantity';
import { connectionMounts, workerConnection } from './redis-client';
import type { RedisStore } from './redis-store';
import { checkVolumeType, containerSecurityContext, type Manifest } from './restricted-pod';

/** Props by which a user says what a container runs. */
export interface ProgramProps {
  readonly image?: string;
  readonly entry?: string;
  readonly nodeImage?: string;
  readonly command?: string[];
  readonly args?: string[];
  readonly resources?: kplus.ContainerResources;
  readonly volumes?: kplus.VolumeMount[];
  readonly readOnlyRootFilesystem?: boolean;
}

/** An image, or a file that was bundled and the image it runs on. */
export interface Program {
  readonly image: string;
  readonly content?: Bundle;
}

/**
 * What a container runs.
 *
 * @param prefix what stands before the names of the props in messages
 */
export function readProgram(scope: Construct, prefix: string, props: ProgramProps, kind: 'worker' | 'filler'): Program {
  const { image, entry, nodeImage, command } = props;
  if (entry === undefined) {
    if (!image) {
      throw new InvalidPropError(
        scope,
        `${prefix}image`,
        image,
        `Name the image of the ${kind}, "registry.example/job-wq-2:1", or give \`entry\`, a TypeScript file: "./${kind}.ts".`,
      );
    }
    if (nodeImage !== undefined) {
      throw new InvalidPropError(
        scope,
        `${prefix}nodeImage`,
        nodeImage,
        'It is what an `entry` runs on, and there is none.',
      );
    }
    checkImage(scope, `${prefix}image`, image);
    return { image };
  }
  for (const [prop, value] of Object.entries({ image, command })) {
    if (value === undefined) continue;
    const instead =
      prop === 'image' ? 'Use one of them; `nodeImage` is what an `entry` runs on.' : '`args` go to the script.';
    throw new InvalidPropError(
      scope,
      `${prefix}${prop}`,
      value,
      `It is given beside \`entry\`, which brings its own. ${instead}`,
    );
  }
  checkImage(scope, `${prefix}nodeImage`, nodeImage ?? DEFAULT_NODE_IMAGE);
  return { image: nodeImage ?? DEFAULT_NODE_IMAGE, content: bundle(scope, `${prefix}entry`, entry, kind) };
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
  scope: Construct,
  prefix: string,
  props: ProgramProps,
  { name, program, entryBundle, redis, environment }: ProgramOptions,
): { container: Manifest; volumes: Manifest[] } {
  const { mounts, volumes } = renderVolumes(scope, prefix, props.volumes ?? [], redis);
  const run = entryBundle?._run(mounts);
  return {
    container: {
      name,
      image: program.image,
      command: run?.command ?? props.command,
      args: props.args,
      workingDir: run?.workingDir,
      env: [...workerConnection(redis), ...environment],
      resources: renderResources(scope, `${prefix}resources`, props.resources ?? {}),
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

const RESERVED_VOLUMES = ['gate', 'redis-ca', 'seal', 'bundle', 'bundle-script', 'bundle-scratch'];

function renderVolumes(
  scope: Construct,
  prefix: string,
  mounts: kplus.VolumeMount[],
  redis: RedisStore,
): { mounts: Manifest[]; volumes: Manifest[] } {
  const volumes = new Map<string, Manifest>();
  const taken = new Map<unknown, string>(
    connectionMounts(redis).map(({ mountPath }) => [mountPath, 'the `certificateAuthorities` of the store']),
  );
  const rendered = mounts.map((mount, index) => {
    const volume = kplus.k8s.toJson_Volume(mount.volume._toKube()) as Manifest;
    const { name } = mount.volume;
    checkName(scope, `${prefix}volumes[${index}].volume.name`, name);
    checkVolumeType(scope, `${prefix}volumes[${index}].volume`, volume);
    if (RESERVED_VOLUMES.includes(name)) {
      throw new InvalidPropError(
        scope,
        `${prefix}volumes[${index}].volume.name`,
        name,
        'The construct uses it; name it otherwise.',
      );
    }
    if (!mount.path.startsWith('/') || mount.path.includes(':')) {
      throw new InvalidPropError(
        scope,
        `${prefix}volumes[${index}].path`,
        mount.path,
        'It must be an absolute path without colons.',
      );
    }
    const path = mount.path.replace(/(?<=.)\/+$/, '');
    const other = taken.get(path);
    if (other) {
      throw new InvalidPropError(
        scope,
        `${prefix}volumes[${index}].path`,
        mount.path,
        `It is the path of ${other} too; mount it elsewhere.`,
      );
    }
    taken.set(path, `${prefix}volumes[${index}]`);
    if (JSON.stringify(volumes.get(name) ?? volume) !== JSON.stringify(volume)) {
      throw new InvalidPropError(
        scope,
        `${prefix}volumes[${index}].volume.name`,
        name,
        'Another volume has that name, and a pod can only have one of it. Name one of them otherwise.',
      );
    }
    volumes.set(name, volume);
    return {
      name,
      mountPath: mount.path,
      mountPropagation: mount.propagation,
      readOnly: mount.readOnly,
      subPath: mount.subPath,
      subPathExpr: mount.subPathExpr,
    };
  });
  return { mounts: rendered, volumes: [...volumes.values()] };
}

function renderResources(scope: Construct, prop: string, given: kplus.ContainerResources): Manifest {
  const cpu = requestAndLimit(scope, `${prop}.cpu`, given.cpu ?? { request: kplus.Cpu.millis(100) }, CPU);
  const memory = requestAndLimit(scope, `${prop}.memory`, given.memory ?? { request: Size.mebibytes(128) }, SIZE);
  const storage = requestAndLimit(scope, `${prop}.ephemeralStorage`, given.ephemeralStorage ?? {}, SIZE);
  const requests = { cpu: cpu.request, memory: memory.request, 'ephemeral-storage': storage.request };
  const limits = { cpu: cpu.limit, memory: memory.limit, 'ephemeral-storage': storage.limit };
  const isSet = (value: object) => Object.values(value).some((amount) => amount !== undefined);
  return { requests: isSet(requests) ? requests : undefined, limits: isSet(limits) ? limits : undefined };
}
