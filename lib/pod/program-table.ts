import { BUNDLING } from '../entry';
import {
  args,
  command,
  envFrom,
  environment,
  file,
  flag,
  image,
  imagePullPolicy,
  initContainers,
  lifecycle,
  resources,
  securityContext,
  sidecars,
  type Table,
  volumeMounts,
} from '../props';
import type { ProgramProps } from './program';

const ENTRY_BRINGS = 'It is given beside `entry`, which brings its own.';
const NO_ENTRY = 'It is the image for an `entry`, and there is none.';
const NO_BUNDLE = 'It says how an `entry` is bundled, and there is none.';

const nameTheImage = (kind: ProgramKind) =>
  `Name the image of the ${kind}, "registry.example/job-wq-2:1", or give \`entry\`, a TypeScript file: "./${kind}.ts".`;

/** What a program is for. */
export type ProgramKind = 'worker' | 'filler';

/** The props that say what a pod runs. */
export function programTable(kind: ProgramKind): Table<ProgramProps> {
  return {
    image: {
      is: image,
      requiredWithout: { entry: nameTheImage(kind) },
      notWith: { entry: `${ENTRY_BRINGS} Use one of them; \`nodeImage\` is what an \`entry\` runs on.` },
    },
    entry: { is: file },
    nodeImage: { is: image, onlyWith: { entry: NO_ENTRY } },
    bundling: { is: BUNDLING, onlyWith: { entry: NO_BUNDLE }, shown: () => 'given' },
    command: {
      is: command,
      notWith: { entry: `${ENTRY_BRINGS} \`args\` go to the script.` },
      shown: (words) => words.join(' '),
    },
    args: { is: args },
    env: { is: environment },
    envFrom: { is: envFrom },
    imagePullPolicy: { is: imagePullPolicy },
    resources: { is: resources },
    lifecycle: { is: lifecycle },
    securityContext: { is: securityContext },
    readOnlyRootFilesystem: { is: flag },
    volumeMounts: { is: volumeMounts },
    initContainers: { is: initContainers },
    sidecars: { is: sidecars },
  };
}

const PROBE =
  'A worker that stands still loses its lease, and its items go to others, so nothing probes it. Remove it; a sidecar has probes.';

/** Names of other things that people give to a program from habit, and what takes their place here. */
export const PROGRAM_FOREIGN = {
  cmd: 'It is `command`, a word each: ["node", "worker.js"].',
  pullPolicy: 'It is `imagePullPolicy`: "Always".',
  workingDir: 'It is that of the image. Another one takes a JSON patch: ApiObject.of(construct).addJsonPatch(…).',
  environment: 'Variables are `env`: { BUCKET: "fruit" }.',
  envVariables: 'Variables are `env`: { BUCKET: "fruit" }.',
  volumes: 'Volumes and where they are mounted are one: volumeMounts: [{ mountPath: "/cache", volume }].',
  sidecarContainers: 'It is `sidecars`.',
  ports: 'A worker listens on none of its own; a sidecar has `ports`. Remove it.',
  port: 'A worker listens on none of its own; a sidecar has `ports`. Remove it.',
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  startupProbe: PROBE,
  gpu: 'It is a resource of its vendor: resources: { extended: { "nvidia.com/gpu": 1 } }.',
  limits: 'It is a part of `resources`: { cpu: { limit }, memory: { limit } }.',
  requests: 'It is a part of `resources`: { cpu: { request }, memory: { request } }.',
  serviceAccountName: 'It is an object: serviceAccount: { name: "worker" }.',
  imagePullSecret: 'It is a list: imagePullSecrets: [{ name: "regcred" }].',
};
