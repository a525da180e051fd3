import { type Manifest, VOLUME_TYPES, type Volume, type VolumeMount } from '../kubernetes';
import { closest } from './closest';
import { type At, isRecord, type Kind, kind, list, refined } from './kind';
import { flag, isText, name, word } from './kinds';
import { raw } from './raw';
import { type Shape, shape } from './shape';
import { VOLUME_SOURCES } from './volume-sources';
import type { Piece } from './wire';

const VOLUME_EXAMPLE = '{ mountPath: "/cache", volume: { name: "cache", emptyDir: {} } }';

const BUNDLE = ['bundle', 'bundle-script', 'bundle-scratch'];

const OWN_PROGRAMS = ['work-queue', 'work-queue-socket'];

/** Volumes that the construct makes for a pod. */
const RESERVED_VOLUMES = [
  'gate',
  'redis-ca',
  'seal',
  'after',
  'fill-scripts',
  'fill-items',
  ...BUNDLE,
  ...BUNDLE.map((name) => `fill-${name}`),
  ...OWN_PROGRAMS,
];

const SOURCES = `{ name: "cache", emptyDir: {} }, or one of ${VOLUME_TYPES.join(', ')} in its place`;

/** What the most used types need to say what is mounted. */
const NEEDED: { readonly [type: string]: string } = {
  configMap: 'name',
  csi: 'driver',
  ephemeral: 'volumeClaimTemplate',
  persistentVolumeClaim: 'claimName',
  projected: 'sources',
  secret: 'secretName',
};

const anyVolume = raw(
  'a volume: { name: "cache", emptyDir: {} }, as in a manifest, or a kplus.Volume: ' +
    'kplus.Volume.fromPersistentVolumeClaim(chart, "data", claim)',
);

const volume: Kind<Volume> = {
  read(given, at) {
    const made = typeof (given as { _toKube?: unknown } | null)?._toKube === 'function';
    const manifest = wireNames(anyVolume.read(made ? (given as { _toKube(): unknown })._toKube() : given, at));
    const itsName = name.read(manifest.name, at.prop('name'));
    const types = Object.keys(manifest).filter((field) => field !== 'name');
    const refused = types.find((each) => !VOLUME_TYPES.includes(each));
    if (refused) {
      const meant = refused === 'pvc' ? 'persistentVolumeClaim' : closest(refused, VOLUME_TYPES);
      if (meant) throw at.refusal(refused, `It is no type of volume. Did you mean \`${meant}\`?`);
      throw at.refusal(
        refused,
        `Pod Security "restricted" refuses such volumes; it allows ${VOLUME_TYPES.join(', ')}. ` +
          'Put a PersistentVolumeClaim in front of it, or add it by a JSON patch on a cluster without Pod Security.',
      );
    }
    const [type, another] = types;
    if (!type) throw at.refusal('a name alone', `Say what is mounted: ${SOURCES}.`);
    if (another) throw at.refusal(`${type} and ${another}`, 'A volume is one of them. Mount two volumes.');
    const source = manifest[type];
    const shape = VOLUME_SOURCES[type] as Shape<Piece>;
    if (!isRecord(source)) throw at.prop(type).refusal(source, `It must be an object: ${shape.like}.`);
    const needed = NEEDED[type];
    if (needed && !source[needed]) {
      throw at.prop(`${type}.${needed}`).refusal(source[needed], 'Kubernetes asks for it. Say what is mounted.');
    }
    // For its refusals alone: the manifest stays as it was written.
    shape.read(source, at.prop(type));
    if (RESERVED_VOLUMES.includes(itsName) || /^after-\d+-ca$/.test(itsName)) {
      throw at.prop('name').refusal(itsName, 'The construct uses it; use another name.');
    }
    return { ...manifest, name: itsName };
  },
};

/** The classes of cdk8s-plus write one name in their own way. */
function wireNames(volume: Manifest): Manifest {
  const { projected } = volume;
  const renamed = downwardApi(volume);
  if (!isRecord(projected) || !Array.isArray(projected.sources)) return renamed;
  const sources = projected.sources.map((source) => (isRecord(source) ? downwardApi(source) : source));
  return { ...renamed, projected: { ...projected, sources } };
}

function downwardApi({ downwardApi, ...rest }: Manifest): Manifest {
  return downwardApi === undefined ? rest : { ...rest, downwardAPI: downwardApi };
}

/** A path below the root of a volume. */
const pathInVolume: Kind<string> = kind(
  (given) => isText(given) && given !== '' && !given.startsWith('/') && !given.split('/').includes('..'),
  'It must be a path in the volume, relative to its root and without "..": "data/cache".',
);

const MOUNT = 'Where it is mounted is its `mountPath`, and what is mounted a `volume`: ';

export const volumeMount: Shape<VolumeMount> = shape<VolumeMount>({
  of: 'A mounted volume',
  like: VOLUME_EXAMPLE,
  props: {
    mountPath: {
      is: kind(
        (given) => isText(given) && given.startsWith('/') && !given.includes(':') && /[^/]/.test(given),
        'It must be an absolute path without colons, below the root: "/cache".',
      ),
      required: `Say where it is mounted: ${VOLUME_EXAMPLE}.`,
    },
    volume: { is: volume, required: `Say what is mounted: ${VOLUME_EXAMPLE}.` },
    readOnly: { is: flag },
    mountPropagation: {
      is: word(
        ['None', 'HostToContainer'],
        'It must be "None" or "HostToContainer"; Kubernetes leaves the other to privileged pods.',
      ),
    },
    subPath: { is: pathInVolume, notWith: { subPathExpr: 'It is given beside `subPathExpr`. Use one of them.' } },
    subPathExpr: { is: pathInVolume },
  },
  foreign: {
    path: 'It is `mountPath`.',
    propagation: 'It is `mountPropagation`.',
    name: `${MOUNT}${VOLUME_EXAMPLE}.`,
    ...Object.fromEntries(
      [...VOLUME_TYPES, 'hostPath', 'nfs', 'node'].map((type) => [type, `${MOUNT}${VOLUME_EXAMPLE}.`]),
    ),
  },
});

/** Volumes, each with where it is mounted. */
export const volumeMounts: Kind<VolumeMount[]> = refined(
  list(volumeMount, `an array of mounted volumes: [${VOLUME_EXAMPLE}]`),
  (mounts, at) => {
    const paths = new Map<string, string>();
    mounts.forEach(({ mountPath }, index) => {
      const here = at.element(index);
      refuseTakenPath(mountPath, paths, here);
      paths.set(mountPoint(mountPath), here.name);
    });
    refuseOtherVolumes(mounts, at, new Map());
  },
);

/** Refuses a volume that has the name of another one in its pod. */
export function refuseOtherVolumes(mounts: readonly VolumeMount[], at: At, manifests: Map<string, string>) {
  mounts.forEach(({ volume }, index) => {
    const manifest = JSON.stringify(volume);
    if ((manifests.get(volume.name) ?? manifest) !== manifest) {
      throw at
        .element(index)
        .prop('volume.name')
        .refusal(
          volume.name,
          'Another volume has that name, and a pod can have only one of that name. Rename one of them.',
        );
    }
    manifests.set(volume.name, manifest);
  });
}

/** Where a path leads: a slash at its end changes nothing. */
export function mountPoint(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

/** Refuses the path of a mount that something else has. */
export function refuseTakenPath(mountPath: string, taken: ReadonlyMap<string, string>, at: At) {
  const other = taken.get(mountPoint(mountPath));
  if (other) throw at.prop('mountPath').refusal(mountPath, `It is the path of ${other} too; mount it elsewhere.`);
}
