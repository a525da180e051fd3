import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Construct } from 'constructs';
import type { BuildFailure, BuildResult, Metafile } from 'esbuild';
import { InvalidPropError } from './invalid-prop';
import { LEASE_THREAD, leaseThreadIn, manifestOf, runtimeFolders } from './lease-thread-file';
import { withoutPackages } from './source-map';

type Esbuild = typeof import('esbuild');
type Deflate = typeof import('./deflate');
type InMemory = BuildResult<{ write: false; metafile: true }>;

/** A file with all that it imports, as text that any Node runs. */
export interface Bundle {
  /** Hash of the files, before they are compressed. */
  readonly hash: string;
  /** A zlib stream of a JSON object: file name → text. */
  readonly compressed: Buffer;
  /** What takes the most of it, for messages. */
  readonly largestInputs: string;
}

/** The script of a bundle. */
export const SCRIPT = 'bundle.mjs';

/** Half of what is bundled may be CommonJS, which expects these. */
const COMMONJS_VARIABLES = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
  "const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
].join('');

/** What an entry in a clone of this package imports, which has no build yet. */
const SOURCES = {
  'cdk8s-redis-work-queue/queue': join(__dirname, '../worker/queue'),
  'cdk8s-redis-work-queue/worker': join(__dirname, '../worker'),
};

/**
 * Bundles a TypeScript or JavaScript file with all that it imports, the runtime included.
 *
 * The same sources give the same bytes wherever they lie, for one version of esbuild.
 *
 * @throws InvalidPropError the file is missing or does not compile, an import has no file, or a native add-on is among
 * what it imports; esbuild is not installed
 */
export function bundle(scope: Construct, prop: string, entry: string, kind: 'worker' | 'filler'): Bundle {
  const directory = realpathSync(process.cwd());
  const file = entryFile(scope, prop, entry, directory);
  const { outputFiles, metafile } = build(scope, prop, entry, directory, main(file), dirname(file));
  refuseNativeAddOns(scope, prop, entry, metafile, directory);

  // Its tables take longer to make than the rest of lib/ takes to load, and a chart of images needs none.
  const { deflate } = require('./deflate') as Deflate;
  const text = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  const runtime = runtimeOf(scope, prop, entry, metafile, directory);
  const files = JSON.stringify({
    [SCRIPT]: `${text('.mjs')}//# sourceMappingURL=${SCRIPT}.map\n`,
    [`${SCRIPT}.map`]: withoutPackages(text('.map')),
    // A filler has no lease.
    ...(runtime && kind === 'worker' && { [LEASE_THREAD]: leaseThreadIn(runtime, loadEsbuild(scope, prop, entry)) }),
  });
  return {
    hash: createHash('sha256').update(files).digest('hex').slice(0, 16),
    compressed: deflate(files),
    largestInputs: largestInputs(metafile),
  };
}

function entryFile(scope: Construct, prop: string, entry: string, directory: string): string {
  const file = typeof entry === 'string' && entry !== '' ? resolve(directory, entry) : undefined;
  if (file && existsSync(file) && statSync(file).isFile()) return realpathSync(file);
  throw new InvalidPropError(
    scope,
    prop,
    entry,
    `There is no file ${file ?? 'of this name'}. ` +
      `Name a TypeScript or JavaScript file, absolute or relative to the working directory, ${directory}.`,
  );
}

function loadEsbuild(scope: Construct, prop: string, entry: string): Esbuild {
  try {
    return require('esbuild') as Esbuild;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND' || !/'esbuild'/.test(String(error))) throw error;
    throw new InvalidPropError(
      scope,
      prop,
      entry,
      'esbuild bundles it, and is not installed: npm install --save-dev esbuild. Or build an image and use `image`.',
    );
  }
}

function build(
  scope: Construct,
  prop: string,
  entry: string,
  directory: string,
  contents: string,
  resolveDir: string,
): InMemory {
  const esbuild = loadEsbuild(scope, prop, entry);
  const sources = __filename.endsWith('.ts');
  try {
    const result: BuildResult = esbuild.buildSync({
      absWorkingDir: directory,
      stdin: { contents, resolveDir, sourcefile: 'start.js', loader: 'js' },
      outfile: join(directory, SCRIPT),
      write: false,
      metafile: true,
      bundle: true,
      platform: 'node',
      // Top-level await and import.meta have no CommonJS.
      format: 'esm',
      target: 'node20',
      banner: { js: COMMONJS_VARIABLES },
      minify: true,
      // Node prints the line of an uncaught error.
      lineLimit: 200,
      // Errors are known by the names of their classes.
      keepNames: true,
      charset: 'utf8',
      legalComments: 'none',
      sourcemap: 'external',
      sourcesContent: false,
      // Left out here and refused afterwards, with a message of our own.
      loader: { '.node': 'empty' },
      alias: sources ? SOURCES : {},
      logLevel: 'silent',
    });
    return result as InMemory;
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (!errors) throw error;
    const messages = esbuild.formatMessagesSync(errors, { kind: 'error', color: false });
    throw new InvalidPropError(scope, prop, entry, `esbuild does not bundle it:\n\n${messages.join('').trimEnd()}`);
  }
}

function main(file: string): string {
  return `await import(${JSON.stringify(`./${basename(file)}`)});`;
}

/** The folder of the runtime that is bundled; a worker that does without has no lease thread. */
function runtimeOf(
  scope: Construct,
  prop: string,
  entry: string,
  metafile: Metafile,
  directory: string,
): string | undefined {
  const [folder, ...others] = runtimeFolders(metafile, directory);
  if (others.length === 0) return folder;
  const versions = [folder as string, ...others].map((each) => `${manifestOf(each)?.version} (${each})`);
  throw new InvalidPropError(
    scope,
    prop,
    entry,
    `It imports ${versions.length} copies of cdk8s-redis-work-queue: ${versions.join(', ')}. ` +
      'A worker has one: install one version of it for the whole workspace (npm ls cdk8s-redis-work-queue).',
  );
}

function largestInputs({ outputs }: Metafile): string {
  const bytes = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const owner = packageOf(path) ?? path;
      bytes.set(owner, (bytes.get(owner) ?? 0) + bytesInOutput);
    }
  }
  return [...bytes]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, 5)
    .map(([path, size]) => `${path} (${Math.ceil(size / 1000)} kB)`)
    .join(', ');
}

/** The folder of the package that a file belongs to, if it is in node_modules. */
function packageOf(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

function refuseNativeAddOns(scope: Construct, prop: string, entry: string, metafile: Metafile, directory: string) {
  const inputs = Object.keys(metafile.inputs);
  const packages = new Set(inputs.flatMap((path) => packageOf(path) ?? []));
  const native = [
    ...inputs.filter((path) => path.endsWith('.node')),
    ...[...packages].filter((path) => isNative(resolve(directory, path))),
  ];
  if (native.length === 0) return;
  throw new InvalidPropError(
    scope,
    prop,
    entry,
    `It brings native add-ons, which a bundle cannot hold: ${native.join(', ')}. ` +
      `Its largest inputs: ${largestInputs(metafile)}. Build an image with them and use \`image\`.`,
  );
}

/** Whether a package is compiled for each platform: from source, or by packages that each name theirs. */
function isNative(folder: string): boolean {
  if (existsSync(join(folder, 'binding.gyp'))) return true;
  const manifest = readManifest(folder);
  const parent = folder.slice(0, folder.lastIndexOf('node_modules') + 'node_modules'.length);
  return Object.keys(manifest.optionalDependencies ?? {}).some((name) =>
    [join(folder, 'node_modules'), parent].some((modules) => readManifest(join(modules, name)).cpu !== undefined),
  );
}

function readManifest(folder: string): { cpu?: unknown; optionalDependencies?: object } {
  const file = join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
