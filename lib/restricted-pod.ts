import type { Construct } from 'constructs';
import { InvalidPropError } from './invalid-prop';

/** A part of a manifest, written as it goes over the wire. */
export interface Manifest {
  readonly [field: string]: unknown;
}

/** The ids a pod runs with. */
export interface PodIds {
  readonly user: number;
  readonly group: number;
  readonly fsGroup: number;
}

/** The pod half of what Pod Security "restricted" asks for. The ids are numbers, as many images name root or nobody. */
export function podSecurityContext(ids: PodIds): Manifest {
  return {
    runAsNonRoot: true,
    runAsUser: ids.user,
    runAsGroup: ids.group,
    fsGroup: ids.fsGroup,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** The container half of what Pod Security "restricted" asks for. */
export function containerSecurityContext(readOnlyRootFilesystem?: boolean): Manifest {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem,
  };
}

/** The volume types that Pod Security "restricted" lets through. */
const VOLUME_TYPES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

export function checkVolumeType(scope: Construct, prop: string, volume: Manifest) {
  const type = Object.keys(volume).find((field) => field !== 'name' && volume[field] !== undefined) ?? 'nothing';
  if (VOLUME_TYPES.includes(type)) return;
  throw new InvalidPropError(
    scope,
    prop,
    type,
    `Pod Security "restricted" refuses such volumes; it allows ${VOLUME_TYPES.join(', ')}. ` +
      'Put a PersistentVolumeClaim in front of it, or add it by a JSON patch on a cluster without Pod Security.',
  );
}
