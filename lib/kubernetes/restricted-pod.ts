import type { Manifest } from './manifest';

/** The ids a pod runs with. */
export interface PodIds {
  readonly user: number;
  readonly group: number;
  readonly fsGroup: number;
}

/**
 * The pod half of what Pod Security "restricted" asks for. The ids are numbers, as many images name root or nobody.
 *
 * @param ids none: those that the namespace gives, which are never root's
 */
export function podSecurityContext(ids: PodIds | undefined): Manifest {
  return {
    runAsNonRoot: true,
    runAsUser: ids?.user,
    runAsGroup: ids?.group,
    fsGroup: ids?.fsGroup,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/**
 * The container half of what Pod Security "restricted" asks for.
 *
 * @param given fields that are put over it
 */
export function containerSecurityContext(readOnlyRootFilesystem?: boolean, given: Manifest = {}): Manifest {
  return {
    ...(!escalates(given) && { allowPrivilegeEscalation: false }),
    readOnlyRootFilesystem,
    ...given,
    capabilities: { drop: ['ALL'], ...(given.capabilities as object) },
  };
}

/** Whether Kubernetes refuses a container that is not allowed to gain privileges beside this. */
export function escalates({ privileged, capabilities }: Manifest): boolean {
  const { add = [] } = (capabilities ?? {}) as { readonly add?: readonly string[] };
  return privileged === true || add.includes('SYS_ADMIN');
}

/** The volume types that Pod Security "restricted" lets through. */
export const VOLUME_TYPES: readonly string[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
