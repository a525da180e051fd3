import { BUNDLING } from '../entry';
import { args, command, environment, file, image, type Table } from '../props';
import type { ProgramProps } from './program';

const ENTRY_BRINGS = 'It is given beside `entry`, which brings its own.';
const NO_ENTRY = 'It is the image for an `entry`, and there is none.';
const NO_BUNDLE = 'It says how an `entry` is bundled, and there is none.';

const nameTheImage = (kind: ProgramKind) =>
  `Name the image of the ${kind}, "registry.example/job-wq-2:1", or give \`entry\`, a TypeScript file: "./${kind}.ts".`;

/** What a program is for. */
export type ProgramKind = 'worker' | 'filler';

type RunProps = Pick<ProgramProps, 'image' | 'entry' | 'nodeImage' | 'bundling' | 'command' | 'args' | 'env'>;

/** The props that say what a container runs. */
export function programTable(kind: ProgramKind): Table<RunProps> {
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
  };
}

/** Names of other things that people give to a program from habit, and what takes their place here. */
export const PROGRAM_FOREIGN = {
  environment: "Variables are `env`: { BUCKET: kplus.EnvValue.fromValue('fruit') }.",
  envVariables: "Variables are `env`: { BUCKET: kplus.EnvValue.fromValue('fruit') }.",
  envFrom: "Name each variable in `env`: { TOKEN: kplus.EnvValue.fromSecretValue({ secret, key: 'token' }) }.",
  volumeMounts: 'Volumes and where they are mounted are one: volumes: [{ path: "/cache", volume }].',
  serviceAccountName: 'It is an object: serviceAccount: { name: "worker" }.',
  imagePullSecret: 'It is a list: imagePullSecrets: [{ name: "regcred" }].',
};
