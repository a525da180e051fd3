import type { Construct } from 'constructs';
import {
  type Bundle,
  type BundleRun,
  type BundlingOptions,
  bundleEntry,
  DEFAULT_NODE_IMAGE,
  type EntryBundle,
  type OwnProgram,
} from '../entry';
import { InvalidPropError } from '../invalid-prop';
import type { Manifest } from '../kubernetes';
import type { At, NamedQueue } from '../props';
import { connectionMounts, type RedisStore, workerConnection } from '../store';
import { type ContainerProps, containerFields, renderMounts, renderVolumes, undefinedIfEmpty } from './container';
import {
  checkPodContainers,
  mountsOf,
  type PodContainers,
  type PodContainersProps,
  renderPodContainers,
} from './pod-containers';
import { queueOfChart, queueProblem } from './queue-problem';

/** Props by which a user says what a pod runs. */
export interface ProgramProps extends ContainerProps, PodContainersProps {
  readonly image?: string;
  readonly entry?: string;
  readonly nodeImage?: string;
  readonly bundling?: BundlingOptions;
  readonly command?: string[];
  readonly readOnlyRootFilesystem?: boolean;
}

/** Refuses props of a program that contradict each other. */
export function checkProgram(props: ProgramProps, at: At) {
  const { readOnlyRootFilesystem, securityContext } = props;
  const over = securityContext?.readOnlyRootFilesystem;
  if (readOnlyRootFilesystem !== undefined && over !== undefined && over !== readOnlyRootFilesystem) {
    throw at
      .prop('securityContext.readOnlyRootFilesystem')
      .refusal(over, `\`readOnlyRootFilesystem\` is ${readOnlyRootFilesystem}. Remove one of them.`);
  }
  checkPodContainers(props, at);
}

/** What a container runs: an image, or a bundle and the image that it runs on. */
export interface Program {
  readonly image: string;
  readonly bundle?: Bundle;
  /** The program of this package that the bundle is, beside the image or in it. @default - the bundle is that of an entry */
  readonly own?: OwnProgram;
}

/**
 * What a container runs.
 *
 * @param prefix what stands before the names of the props in messages
 * @param queue the queue of the chart
 * @throws InvalidPropError the entry cannot be bundled, or works on another queue
 */
export function readProgram(
  scope: Construct,
  prefix: string,
  props: ProgramProps,
  kind: 'worker' | 'filler',
  queue: NamedQueue,
): Program {
  const { image = '', entry, nodeImage = DEFAULT_NODE_IMAGE, bundling } = props;
  if (entry === undefined) return { image };
  const prop = `${prefix}entry`;
  const bundle = bundleEntry(scope, prop, entry, kind, bundling, queueOfChart(queue));
  const problem = queueProblem(bundle, queue, kind);
  if (problem) throw new InvalidPropError(scope, prop, entry, problem);
  return { image: nodeImage, bundle };
}

/** Options of `renderProgram`. */
export interface ProgramOptions {
  readonly name: string;
  readonly program: Program;
  readonly entryBundle?: EntryBundle;
  /** What the volumes of the bundle are named after. @default 'bundle' */
  readonly bundleVolume?: string;
  /** What runs, mounts and is mounted where no entry says it. @default - what the image says */
  readonly run?: Partial<BundleRun>;
  /** The store that it reaches. @default - none */
  readonly redis?: RedisStore;
  readonly environment: readonly Manifest[];
}

/** What a pod runs. */
export interface RenderedProgram extends PodContainers {
  /** The container of the program. */
  readonly container: Manifest;
  /** The volumes that all of them need besides those of the connection. */
  readonly volumes: Manifest[];
}

/** The container of a program, and what the user runs beside and before it. */
export function renderProgram(
  props: ProgramProps,
  { name, program, entryBundle, bundleVolume, run: given, redis, environment }: ProgramOptions,
): RenderedProgram {
  const mounts = renderMounts(props.volumeMounts);
  const run = entryBundle ? entryBundle._run(mounts, bundleVolume) : given;
  return {
    container: {
      ...containerFields(props, props.readOnlyRootFilesystem ?? (entryBundle && true)),
      name,
      image: program.image,
      command: run?.command ?? props.command,
      workingDir: run?.workingDir,
      env: [...(redis ? workerConnection(redis) : []), ...environment],
      volumeMounts: undefinedIfEmpty([...(redis ? connectionMounts(redis) : []), ...(run?.mounts ?? []), ...mounts]),
    },
    ...renderPodContainers(props),
    volumes: [...(run?.volumes ?? []), ...renderVolumes(mountsOf(props))],
  };
}
