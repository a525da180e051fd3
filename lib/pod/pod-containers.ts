import type { Manifest, PodContainer, VolumeMount } from '../kubernetes';
import { type At, refuseOtherVolumes } from '../props';
import { type ContainerProps, containerFields, renderMounts, undefinedIfEmpty, userEnvironment } from './container';

/** Props of a program that say what else runs in its pod. */
export interface PodContainersProps {
  readonly initContainers?: PodContainer[];
  readonly sidecars?: PodContainer[];
  readonly volumeMounts?: VolumeMount[];
}

/** What runs in a pod besides the program and what the construct adds: all init containers, to Kubernetes. */
export interface PodContainers {
  /** They go on running beside the program. */
  readonly sidecars: Manifest[];
  /** They end before the program starts. */
  readonly initContainers: Manifest[];
}

/** The containers that the user gives to a pod. */
export function renderPodContainers({ initContainers = [], sidecars = [] }: PodContainersProps): PodContainers {
  return {
    sidecars: sidecars.map((container) => ({ ...renderContainer(container), restartPolicy: 'Always' })),
    initContainers: initContainers.map(renderContainer),
  };
}

function renderContainer(container: PodContainer): Manifest {
  return {
    ...containerFields(container),
    name: container.name,
    image: container.image,
    command: container.command,
    workingDir: container.workingDir,
    env: undefinedIfEmpty(userEnvironment(container.env)),
    volumeMounts: undefinedIfEmpty(renderMounts(container.volumeMounts)),
    ports: container.ports,
    startupProbe: container.startupProbe,
    readinessProbe: container.readinessProbe,
    livenessProbe: container.livenessProbe,
  };
}

/** All mounts of the user's in a pod. */
export function mountsOf({ volumeMounts = [], initContainers = [], sidecars = [] }: PodContainersProps): VolumeMount[] {
  return [...volumeMounts, ...[...initContainers, ...sidecars].flatMap((container) => container.volumeMounts ?? [])];
}

/** Refuses containers that cannot be in one pod: with names or volumes that another one has. */
export function checkPodContainers(props: PodContainersProps, at: At) {
  const names = new Map<string, string>();
  const volumes = new Map<string, string>();
  refuseOtherVolumes(props.volumeMounts ?? [], at.prop('volumeMounts'), volumes);
  for (const list of ['initContainers', 'sidecars'] as const) {
    props[list]?.forEach(({ name, volumeMounts = [] }, index) => {
      const here = at.prop(list).element(index);
      const other = names.get(name);
      if (other)
        throw here.prop('name').refusal(name, `It must be unique in the pod, and ${other} has it. Rename one of them.`);
      names.set(name, here.name);
      refuseOtherVolumes(volumeMounts, here.prop('volumeMounts'), volumes);
    });
  }
}

/** Refuses ids of containers, where the namespace gives them. */
export function refuseIds(props: ContainerProps & PodContainersProps, at: At) {
  const { initContainers = [], sidecars = [] } = props;
  const others = (list: readonly PodContainer[], here: At) => list.map((each, i) => [each, here.element(i)] as const);
  const all: (readonly [ContainerProps, At])[] = [
    [props, at],
    ...others(initContainers, at.prop('initContainers')),
    ...others(sidecars, at.prop('sidecars')),
  ];
  for (const [{ securityContext = {} }, here] of all) {
    const id = ['runAsUser', 'runAsGroup'].find((name) => securityContext[name] !== undefined);
    if (id === undefined) continue;
    throw here
      .prop('securityContext')
      .prop(id)
      .refusal(securityContext[id], '`idsFromNamespace` leaves it to the namespace. Remove one of them.');
  }
}
