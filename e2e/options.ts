import { parseArgs } from 'node:util';
import { SCENARIOS, type Scenario } from './scenarios';

/** What the user got wrong, or what is missing here. Told without a stack trace. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}

export interface Options {
  readonly scenarios: readonly Scenario[];
  readonly keep: boolean;
  readonly namespacePrefix: string;
  readonly context: string | undefined;
  /** ms that one scenario may take. */
  readonly timeout: number;
  /** By the image in the manifests, the one to run instead. */
  readonly images: ReadonlyMap<string, string>;
}

const names = SCENARIOS.map(({ name }) => name).join(', ');
/** On lines that fit a terminal. */
const lines = names.replace(/.{1,80}(?:, |$)/g, (line) => `\n      ${line.trimEnd()}`);

export const HELP = `npm run e2e -- [options]

Runs the walkthrough and the examples on the cluster that kubectl points to: each in a new namespace
that enforces Pod Security "restricted". Kills and evicts pods while they work, waits until the Jobs
are Complete, compares what the queues hold with what went in, deletes the namespaces, and prints a
table. Exit code 0: every scenario that ran went well.

  --only NAMES             only these scenarios, with commas between:${lines}
  --context NAME           a context of the kubeconfig [the current one]
  --namespace-prefix NAME  namespaces are called NAME-<scenario>-<six letters> [e2e]
  --timeout SECONDS        what one scenario may take, pulling images included [600]
  --image FROM=TO          runs the image TO where manifests say FROM; may be repeated
  --keep                   leaves the namespaces there
  --help                   this text

All on kind:

  kind create cluster
  npm run e2e

The example python needs an image of its own and is skipped without it:

  docker build -f examples/python/Dockerfile -t fruit-python:e2e .
  kind load docker-image fruit-python:e2e
  npm run e2e -- --only python --image registry.example/fruit-python:1=fruit-python:e2e

The others run bundles on stock images, so nothing has to be built. From a mirror:

  npm run e2e -- --image node:24-alpine=mirror.example/node:24-alpine \\
                 --image redis:8.2.10=mirror.example/redis:8.2.10

It needs a cluster, which the tests of this repository do not have: they run it against a stand-in
for kubectl.
`;

/** @returns undefined where help is wanted */
export function readOptions(args: readonly string[]): Options | undefined {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    throw usage((error as Error).message);
  }
  if (values.help) return undefined;

  const only = values.only?.flatMap((each) => each.split(',')).map((each) => each.trim());
  const unknown = only?.find((each) => !SCENARIOS.some(({ name }) => name === each));
  if (unknown !== undefined) throw usage(`there is no scenario ${JSON.stringify(unknown)}; there are ${names}`);

  const seconds = Number(values.timeout);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400) {
    throw usage(`--timeout is ${JSON.stringify(values.timeout)}; give whole seconds from 1 to 86400, such as 600`);
  }
  const prefix = values['namespace-prefix'];
  if (!/^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/.test(prefix)) {
    throw usage(
      `--namespace-prefix is ${JSON.stringify(prefix)}; give at most 30 lower-case letters, digits and hyphens, with a letter in front and no hyphen at the end`,
    );
  }
  return {
    scenarios: SCENARIOS.filter(({ name }) => !only || only.includes(name)),
    keep: values.keep,
    namespacePrefix: prefix,
    context: values.context,
    timeout: seconds * 1_000,
    images: new Map(values.image.map(replacement)),
  };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      context: { type: 'string' },
      'namespace-prefix': { type: 'string', default: 'e2e' },
      timeout: { type: 'string', default: '600' },
      image: { type: 'string', multiple: true, default: [] },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

function replacement(text: string): [string, string] {
  const [from, to, ...more] = text.split('=');
  if (!from || !to || more.length > 0 || /\s/.test(text)) {
    throw usage(
      `--image is ${JSON.stringify(text)}; give FROM=TO, such as node:24-alpine=mirror.example/node:24-alpine`,
    );
  }
  return [from, to];
}

const usage = (message: string) => new Refusal(`${message}\nnpm run e2e -- --help says what there is.`, 2);
