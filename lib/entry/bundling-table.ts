import { type At, file, flag, isText, type Kind, kind, list, map, type Shape, shape } from '../props';
import type { BundlingOptions } from './bundling-options';

/** Loaders whose result is in the script; the others write files of their own. */
const LOADERS = ['base64', 'binary', 'dataurl', 'empty', 'js', 'json', 'jsx', 'text', 'ts', 'tsx'];

const LOADER_LIST = LOADERS.join(', ');

const text: Kind<string> = kind(isText, 'It must be text: a line of JavaScript, or several.');

const word = (example: string) =>
  kind<string>((given) => isText(given) && /^\S+$/.test(given), `It must be a word: ${JSON.stringify(example)}.`);

/** The name of a package or of a module in it; one `*` stands for anything. */
const packageName: Kind<string> = kind(
  (given) => isText(given) && /^[^\s./*][^\s*]*\*?[^\s*]*$/.test(given) && !given.startsWith('node:'),
  'It must be the name of a package: "sharp", "@acme/*".',
);

const loader: Kind<string> = kind(
  (given) => LOADERS.includes(given as string),
  (given) =>
    given === 'file' || given === 'copy'
      ? `It would write a file beside the script, and a bundle is one file. It must be one of ${LOADER_LIST}.`
      : `It must be one of ${LOADER_LIST}.`,
);

function checkEnding(ending: string, at: At) {
  if (/^\.[^./\\]+$/.test(ending) && ending !== '.node') return;
  const why = ending === '.node' ? 'A bundle cannot hold a native add-on. ' : '';
  throw at.as(`a key of ${at.name}`).refusal(ending, `${why}It must be the ending of a file name: ".sql".`);
}

const NAME = /^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u;

const constant: Kind<string> = kind(
  (given) => typeof given === 'string' && (NAME.test(given) || isJson(given)),
  (given) =>
    typeof given === 'string'
      ? `It must be JSON, or the name of a global: for text ${JSON.stringify(JSON.stringify(given))}, with quotes inside.`
      : `It must be JSON as a string: ${JSON.stringify(JSON.stringify(given) ?? 'null')}.`,
);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function checkName(name: string, at: At) {
  if (NAME.test(name)) return;
  throw at.as(`a key of ${at.name}`).refusal(name, 'It must be a global name: "process.env.STAGE".');
}

const target: Kind<string> = kind(
  (given) => typeof given === 'string' && /^(node\d+(\.\d+){0,2}|es(20\d\d|[5-9]|next)|esnext)$/i.test(given),
  'It must be a version of Node or of ECMAScript: "node22", "es2022".',
);

const NOT_ONE = 'The script is always one ES module that runs by itself. Remove it.';

/** How an entry is bundled. */
export const BUNDLING: Shape<BundlingOptions> = shape<BundlingOptions>({
  of: 'bundling',
  like: '{ externalModules: ["sharp"] }',
  props: {
    externalModules: { is: list(packageName, 'an array of names of packages: ["sharp"]') },
    loader: { is: map(loader, checkEnding, "an object of loaders by ending: { '.sql': 'text' }") },
    define: { is: map(constant, checkName, `an object of constants by name: { "process.env.STAGE": '"production"' }`) },
    minify: { is: flag },
    keepNames: { is: flag },
    sourceMap: { is: flag },
    target: { is: target },
    tsconfig: { is: file },
    mainFields: { is: list(word('module'), 'an array of fields: ["module", "main"]') },
    conditions: { is: list(word('production'), 'an array of conditions: ["production"]') },
    inject: { is: list(file, 'an array of files: ["./polyfill.ts"]') },
    banner: { is: text },
    footer: { is: text },
  },
  foreign: {
    external: 'It is `externalModules`: ["sharp"].',
    nodeModules: 'A bundle holds no folder. Name them in `externalModules`, and give a `nodeImage` that has them.',
    loaders: "It is `loader`: { '.sql': 'text' }.",
    sourcemap: 'It is `sourceMap`: true or false.',
    format: NOT_ONE,
    bundle: NOT_ONE,
    splitting: NOT_ONE,
    platform: NOT_ONE,
    esbuildArgs: 'Each of them has a prop of its own here, if there is one: loader, define, target, conditions …',
    environment: 'Variables of the worker are `env`; what is known at synth may be a `define`.',
    packages: 'Name the packages to leave out in `externalModules`.',
  },
});
