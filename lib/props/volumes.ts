import * as kplus from 'cdk8s-plus-27';
import { VOLUME_TYPES, volumeManifest } from '../kubernetes';
import { type At, type Kind, kind, list, refined } from './kind';
import { flag, isText, name, word } from './kinds';
import { type Shape, shape } from './shape';

const VOLUME_EXAMPLE = '{ path: "/cache", volume: kplus.Volume.fromEmptyDir(chart, "cache", "cache") }';

const RESERVED_VOLUMES = ['gate', 'redis-ca', 'seal', 'bundle', 'bundle-script', 'bundle-scratch', 'after'];

const volume: Kind<kplus.Volume> = refined(
  kind<kplus.Volume>(
    (given) =>
      typeof (given as { _toKube?: unknown } | null)?._toKube === 'function' && !!(given as { name?: unknown }).name,
    'It must be a kplus.Volume: kplus.Volume.fromEmptyDir(chart, "cache", "cache"), ' +
      'or kplus.Volume.fromPersistentVolumeClaim(chart, "data", claim).',
  ),
  (value, at) => {
    const manifest = volumeManifest(value);
    name.read(value.name, at.prop('name'));
    const type = Object.keys(manifest).find((field) => field !== 'name' && manifest[field] !== undefined) ?? 'nothing';
    if (!VOLUME_TYPES.includes(type)) {
      throw at.refusal(
        type,
        `Pod Security "restricted" refuses such volumes; it allows ${VOLUME_TYPES.join(', ')}. ` +
          'Put a PersistentVolumeClaim in front of it, or add it by a JSON patch on a cluster without Pod Security.',
      );
    }
    if (RESERVED_VOLUMES.includes(value.name) || /^after-\d+-ca$/.test(value.name)) {
      throw at.prop('name').refusal(value.name, 'The construct uses it; use another name.');
    }
  },
);

/** A path below the root of a volume. */
const pathInVolume: Kind<string> = kind(
  (given) => isText(given) && given !== '' && !given.startsWith('/') && !given.split('/').includes('..'),
  'It must be a path in the volume, relative to its root and without "..": "data/cache".',
);

const MOUNT_PATH = 'Where it is mounted is its `path`, and what is mounted a `volume`: ';

export const volumeMount: Shape<kplus.VolumeMount> = shape<kplus.VolumeMount>({
  of: 'A mounted volume',
  like: VOLUME_EXAMPLE,
  props: {
    path: {
      is: kind(
        (given) => isText(given) && given.startsWith('/') && !given.includes(':') && /[^/]/.test(given),
        'It must be an absolute path without colons, below the root: "/cache".',
      ),
      required: `Say where it is mounted: ${VOLUME_EXAMPLE}.`,
    },
    volume: { is: volume, required: `Say what is mounted: ${VOLUME_EXAMPLE}.` },
    readOnly: { is: flag },
    propagation: {
      is: word(
        [kplus.MountPropagation.NONE, kplus.MountPropagation.HOST_TO_CONTAINER],
        'It must be kplus.MountPropagation.NONE or .HOST_TO_CONTAINER; Kubernetes leaves the other to privileged pods.',
      ),
    },
    subPath: { is: pathInVolume, notWith: { subPathExpr: 'It is given beside `subPathExpr`. Use one of them.' } },
    subPathExpr: { is: pathInVolume },
  },
  foreign: {
    mountPath: `${MOUNT_PATH}${VOLUME_EXAMPLE}.`,
    name: `${MOUNT_PATH}${VOLUME_EXAMPLE}.`,
    ...Object.fromEntries(
      [...VOLUME_TYPES, 'hostPath', 'nfs', 'node'].map((type) => [type, `${MOUNT_PATH}${VOLUME_EXAMPLE}.`]),
    ),
  },
});

/** Volumes, each with where it is mounted. */
export const volumes: Kind<kplus.VolumeMount[]> = refined(
  list(volumeMount, `an array of mounted volumes: [${VOLUME_EXAMPLE}]`),
  (mounts, at) => {
    const paths = new Map<string, string>();
    const manifests = new Map<string, string>();
    mounts.forEach(({ path, volume }, index) => {
      const here = at.element(index);
      refuseTakenPath(path, paths, here);
      paths.set(mountPoint(path), here.name);
      const manifest = JSON.stringify(volumeManifest(volume));
      if ((manifests.get(volume.name) ?? manifest) !== manifest) {
        throw here
          .prop('volume.name')
          .refusal(
            volume.name,
            'Another volume has that name, and a pod can have only one of that name. Rename one of them.',
          );
      }
      manifests.set(volume.name, manifest);
    });
  },
);

/** Where a path leads: a slash at its end changes nothing. */
export function mountPoint(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

/** Refuses the path of a mount that something else has. */
export function refuseTakenPath(path: string, taken: ReadonlyMap<string, string>, at: At) {
  const other = taken.get(mountPoint(path));
  if (other) throw at.prop('path').refusal(path, `It is the path of ${other} too; mount it elsewhere.`);
}
