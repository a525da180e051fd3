import { DOTTED_NAME, type Syntax } from '../kubernetes';
import { type At, type Kind, kind, list, map } from './kind';
import { annotations, flag, isText, labels, string, whole, word } from './kinds';
import { labelSelector } from './label-selector';
import { type Shape, shape } from './shape';
import { type Piece, text } from './wire';

// What is mounted, as Kubernetes has it. A field that it does not know is lost on the way, or refused.

const QUANTITY = /^\+?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

const quantity: Kind<string | number> = kind(
  (given) => (typeof given === 'number' ? given >= 0 : typeof given === 'string' && QUANTITY.test(given)),
  'It must be a quantity, "512Mi" or "2Gi", or a Size: Size.mebibytes(512).',
);

const objectName = string(DOTTED_NAME);

const MODE = 'It must be a number from 0 to 0o777, which YAML writes 0644 and TypeScript 0o644.';

const mode: Kind<number> = kind(
  (given) => Number.isInteger(given) && (given as number) >= 0 && (given as number) <= 0o777,
  MODE,
);

const PATH: Syntax = {
  test: (given) => isText(given) && given !== '' && !given.startsWith('/') && !given.split('/').includes('..'),
  allowed: 'It must be a path in the volume, relative to its root and without "..": "settings.json".',
};
/** A path below the root of a volume. */
const path = { is: string(PATH), required: PATH.allowed };

const dataKey: Kind<string> = kind(
  (given) => typeof given === 'string' && /^[-._a-zA-Z0-9]{1,253}$/.test(given),
  'It must be one of its keys: "settings.json".',
);

const ITEM = '{ key: "settings.json", path: "settings.json" }';

const items = list(
  shape<Piece>({
    of: 'An item',
    like: ITEM,
    props: { key: { is: dataKey, required: `It must be one of its keys: ${ITEM}.` }, path, mode: { is: mode } },
  }),
  `an array of keys and paths: [${ITEM}]`,
);

const FIELD = '{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }';
const FIELD_PATH = /^metadata\.(name|namespace|uid|labels|annotations|(labels|annotations)\['[^']+'\])$/;
const RESOURCE = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/;

const fieldPath = kind<string>(
  (given) => typeof given === 'string' && FIELD_PATH.test(given),
  'It must be "metadata.name", .namespace, .uid, .labels or .annotations. Other fields are variables: `env`.',
);
const resource = kind<string>(
  (given) => typeof given === 'string' && RESOURCE.test(given),
  'It must be the limit or the request of a resource: "limits.memory".',
);

const field = shape<Piece>({
  of: 'An item',
  like: FIELD,
  props: {
    path,
    fieldRef: {
      is: shape<Piece>({
        of: 'fieldRef',
        like: '{ fieldPath: "metadata.labels" }',
        props: {
          fieldPath: { is: fieldPath, required: 'It must be a field of the pod: "metadata.labels".' },
          apiVersion: { is: text },
        },
      }),
    },
    resourceFieldRef: {
      is: shape<Piece>({
        of: 'resourceFieldRef',
        like: '{ containerName: "worker", resource: "limits.memory" }',
        props: {
          containerName: { is: text, required: 'It must name the container: "worker".' },
          resource: { is: resource, required: 'It must be the limit or the request of a resource: "limits.memory".' },
          divisor: { is: quantity },
        },
      }),
    },
    mode: { is: mode },
  },
  together: (given, at) => oneOf(['fieldRef', 'resourceFieldRef'], given, at, FIELD),
});

const fields = list(field, `an array of fields: [${FIELD}]`);

function oneOf(names: readonly string[], given: Piece, at: At, like: string) {
  if (names.filter((name) => given[name] !== undefined).length === 1) return;
  throw at.refusal(given, `It must have one of ${names.join(', ')}: ${like}.`);
}

const OF_ALL = 'All sources have one: it is beside `sources`.';

/** A part of a projected volume: of a Secret, it is `name`. */
const sourceOf = (of: string) =>
  shape<Piece>({
    of,
    like: '{ name: "settings" }',
    props: {
      name: { is: objectName, required: 'It must be its name: "settings".' },
      items: { is: items },
      optional: { is: flag },
    },
    foreign: { secretName: 'In `projected` it is `name`.', defaultMode: OF_ALL },
  });

const SOURCE = '{ secret: { name: "credentials" } }';

const SOURCES = {
  configMap: { is: sourceOf('configMap') },
  secret: { is: sourceOf('secret') },
  downwardAPI: {
    is: shape<Piece>({
      of: 'downwardAPI',
      like: `{ items: [${FIELD}] }`,
      props: { items: { is: fields } },
      foreign: { defaultMode: OF_ALL },
    }),
  },
  serviceAccountToken: {
    is: shape<Piece>({
      of: 'serviceAccountToken',
      like: '{ path: "token", audience: "vault" }',
      props: { path, audience: { is: text }, expirationSeconds: { is: whole(600) } },
    }),
  },
  clusterTrustBundle: {
    is: shape<Piece>({
      of: 'clusterTrustBundle',
      like: '{ name: "authorities", path: "ca.pem" }',
      props: {
        path,
        name: { is: text },
        signerName: { is: text },
        labelSelector: { is: labelSelector },
        optional: { is: flag },
      },
    }),
  },
};

const source = shape<Piece>({
  of: 'A source',
  like: SOURCE,
  props: SOURCES,
  together: (given, at) => oneOf(Object.keys(SOURCES), given, at, SOURCE),
});

const CLAIM = '{ spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "9Gi" } } } }';
const MODES = 'It must be "ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany" or "ReadWriteOncePod".';
const anything: Kind<unknown> = kind(() => true, '');

const claimSpec = shape<Piece>({
  of: 'The claim',
  like: '{ accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "9Gi" } } }',
  props: {
    accessModes: {
      is: list(
        word(['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'], MODES),
        'an array: ["ReadWriteOnce"]',
      ),
      required: 'It must be an array: ["ReadWriteOnce"].',
    },
    resources: {
      is: shape<Piece>({
        of: 'resources',
        like: '{ requests: { storage: "9Gi" } }',
        props: {
          requests: {
            is: shape<Piece>({
              of: 'requests',
              like: '{ storage: "9Gi" }',
              props: { storage: { is: quantity, required: 'It must be how much: "9Gi".' } },
            }),
            required: 'It must be how much: { storage: "9Gi" }.',
          },
          limits: { is: anything },
        },
        foreign: { storage: 'It is a request: { requests: { storage: "9Gi" } }.' },
      }),
      required: 'It must be how much: { requests: { storage: "9Gi" } }.',
    },
    storageClassName: { is: objectName },
    selector: { is: labelSelector },
    volumeMode: { is: word(['Filesystem', 'Block'], 'It must be "Filesystem" or "Block".') },
    volumeName: { is: text },
    volumeAttributesClassName: { is: text },
    dataSource: { is: anything },
    dataSourceRef: { is: anything },
  },
  foreign: { storage: 'It is a request: resources: { requests: { storage: "9Gi" } }.' },
});

const UNDER_SPEC = `It is under \`spec\`: ${CLAIM}.`;

/** What stands under the type of a volume. */
export const VOLUME_SOURCES: { readonly [type: string]: Shape<Piece> } = {
  configMap: shape<Piece>({
    of: 'configMap',
    like: '{ name: "settings" }',
    props: {
      name: { is: objectName },
      items: { is: items },
      defaultMode: { is: mode },
      optional: { is: flag },
    },
  }),
  csi: shape<Piece>({
    of: 'csi',
    like: '{ driver: "secrets-store.csi.k8s.io", readOnly: true, volumeAttributes: { secretProviderClass: "aws" } }',
    props: {
      driver: { is: text },
      fsType: { is: kind(isText, 'It must be a file system: "ext4".') },
      nodePublishSecretRef: {
        is: shape<Piece>({
          of: 'nodePublishSecretRef',
          like: '{ name: "credentials" }',
          props: { name: { is: objectName, required: 'It must name a Secret: "credentials".' } },
        }),
      },
      readOnly: { is: flag },
      volumeAttributes: {
        is: map(kind(isText, 'It must be a string: in quotes.'), () => {}, 'an object of strings by name: { a: "b" }'),
      },
    },
  }),
  downwardAPI: shape<Piece>({
    of: 'downwardAPI',
    like: `{ items: [${FIELD}] }`,
    props: { items: { is: fields }, defaultMode: { is: mode } },
  }),
  emptyDir: shape<Piece>({
    of: 'emptyDir',
    like: '{ sizeLimit: "1Gi" }',
    props: {
      medium: {
        is: kind(
          (given) => typeof given === 'string' && /^(|Memory|HugePages(-\d+[KMGT]i)?)$/.test(given),
          'It must be "Memory", "HugePages", or left out for the disk of the node.',
        ),
      },
      sizeLimit: { is: quantity },
    },
    foreign: { size: 'It is `sizeLimit`: "1Gi".' },
  }),
  ephemeral: shape<Piece>({
    of: 'ephemeral',
    like: `{ volumeClaimTemplate: ${CLAIM} }`,
    props: {
      volumeClaimTemplate: {
        is: shape<Piece>({
          of: 'volumeClaimTemplate',
          like: CLAIM,
          props: {
            metadata: {
              is: shape<Piece>({
                of: 'metadata',
                like: '{ labels: { team: "media" } }',
                props: { labels: { is: labels }, annotations: { is: annotations } },
              }),
            },
            spec: { is: claimSpec, required: `It must be what a claim has: ${CLAIM}.` },
          },
          foreign: { accessModes: UNDER_SPEC, resources: UNDER_SPEC, storageClassName: UNDER_SPEC },
        }),
      },
    },
  }),
  persistentVolumeClaim: shape<Piece>({
    of: 'persistentVolumeClaim',
    like: '{ claimName: "pictures" }',
    props: { claimName: { is: objectName }, readOnly: { is: flag } },
  }),
  projected: shape<Piece>({
    of: 'projected',
    like: `{ sources: [${SOURCE}] }`,
    props: { sources: { is: list(source, `an array of sources: [${SOURCE}]`) }, defaultMode: { is: mode } },
  }),
  secret: shape<Piece>({
    of: 'secret',
    like: '{ secretName: "credentials" }',
    props: {
      secretName: { is: objectName },
      items: { is: items },
      defaultMode: { is: mode },
      optional: { is: flag },
    },
    foreign: { name: 'It is `secretName`, as in Kubernetes.' },
  }),
};
