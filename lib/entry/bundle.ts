import { createHash } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Construct } from 'constructs';
import type { BuildFailure, BuildOptions, BuildResult, Loader, Metafile } from 'esbuild';
import { BUNDLE_SCRIPT as SCRIPT } from '../../worker/contract';
import { InvalidPropError } from '../invalid-prop';
import type { BundlingOptions } from './bundling-options';
import { lostDecoratorMetadata } from './decorator-metadata';
import { fileLeftBehind } from './files-left-behind';
import { LEASE_THREAD, leaseThreadIn, manifestOf, runtimeFolders } from './lease-thread-file';
import { loaderText } from './loader-file';
import { buildMainModule, endOf, IMPORTED, startOf, withParents } from './main-module';
import { nativeAddOns, packageOf, uncompiledImports } from './native-add-ons';
import { codeLoaders, type Loaders } from './needed-imports';
import type { QueueInCode } from './queue-in-code';
import { queueDefinedIn, queuesInCode } from './queues-in-code';
import { withoutPackages } from './source-map';
import { projectOf, sourceName } from './source-names';

type Esbuild = typeof import('esbuild');
type Deflate = typeof import('./deflate');
type InMemory = BuildResult<{ write: false; metafile: true }>;

/** The code of an entry with all that it imports, as text that any Node runs; an `EntryBundle` holds it in ConfigMaps. */
export interface Bundle {
  /** Hash of the files, before they are compressed. */
  readonly hash: string;
  /** A zlib stream of a JSON object: file name → text. */
  readonly compressed: Buffer;
  /** The text of the script that unpacks and runs it. */
  readonly loader: string;
  /** What takes the most of it, for messages. */
  readonly largestInputs: string;
  /** All queues that it may work on; none, where its code leaves a doubt. */
  readonly queues: readonly QueueInCode[];
  /** The queue of the chart, as the file says that defines it, where the entry does not import that. */
  readonly ofChart?: QueueInCode;
}

/** The queue of a chart, and the file that defines it. */
export interface QueueOfChart {
  readonly name: string;
  readonly definedIn?: string;
}

/** What an entry in a clone of this package imports, which has no build yet. */
const SOURCES = {
  'cdk8s-redis-work-queue/queue': join(__dirname, '../../worker/queue'),
  'cdk8s-redis-work-queue/worker': join(__dirname, '../../worker'),
};

/** What is bundled, and where messages say that something is wrong with it. */
interface Subject {
  readonly scope: Construct;
  readonly prop: string;
  readonly entry: string;
  /** The entry's file. */
  readonly file: string;
  /** The folder that sources are named from. */
  readonly project: string;
  readonly loaders: Loaders;
  readonly esbuild: Esbuild;
}

/**
 * Bundles a TypeScript or JavaScript file with all that it imports, the runtime included.
 *
 * The same sources give the same bytes wherever they lie and wherever synth runs, for one version of esbuild.
 *
 * @throws InvalidPropError the file is missing or does not compile, an import has no file, a native add-on or a second copy
 * of the runtime is among what it imports, or it needs what a bundle does not hold; esbuild is not installed
 */
export function bundleEntry(
  scope: Construct,
  prop: string,
  entry: string,
  kind: 'worker' | 'filler',
  bundling: BundlingOptions = {},
  chart?: QueueOfChart,
): Bundle {
  const file = entryFile(scope, prop, entry);
  const project = projectOf(file);
  const loaders = codeLoaders(bundling.loader);
  const subject: Subject = { scope, prop, entry, file, project, loaders, esbuild: loadEsbuild(scope, prop, entry) };
  const options = optionsOf(subject, bundling);
  const { outputFiles, metafile } = buildWithoutAddOns(subject, options);
  const runtime = runtimeOf(subject, metafile);
  refuseWhatIsLost(subject, metafile, bundling);

  // Its tables take longer to make than the rest of lib/ takes to load, and a chart of images needs none.
  const { deflate } = require('./deflate') as Deflate;
  const text = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  const map = text('.map');
  const script = withParents(text('.mjs'));
  const files = JSON.stringify({
    [SCRIPT]: map ? `${script}//# sourceMappingURL=${SCRIPT}.map\n` : script,
    ...(map && { [`${SCRIPT}.map`]: withoutPackages(map, (source) => sourceName(source, project)) }),
    // A filler has no lease.
    ...(runtime && kind === 'worker' && { [LEASE_THREAD]: leaseThreadIn(runtime, subject.esbuild) }),
    [IMPORTED]: `import './${SCRIPT}';\n`,
  });
  const loader = loaderText(subject.esbuild);
  return {
    hash: createHash('sha256').update(files).update(loader).digest('hex').slice(0, 16),
    compressed: deflate(files),
    loader,
    largestInputs: largestInputs(metafile),
    queues: queuesInCode({ file, project, kind, loaders, options, metafile }, subject.esbuild),
    ofChart: chart && ofChart(chart, Object.keys(metafile.inputs), subject),
  };
}

function ofChart({ name, definedIn }: QueueOfChart, inputs: readonly string[], { project, esbuild }: Subject) {
  const isImported = inputs.some((input) => resolve(project, input) === definedIn);
  return definedIn === undefined || isImported ? undefined : queueDefinedIn(definedIn, name, esbuild);
}

function entryFile(scope: Construct, prop: string, entry: string): string {
  const directory = realpathSync(process.cwd());
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

/** What a user says of it, as esbuild takes it. */
function optionsOf(subject: Subject, bundling: BundlingOptions): BuildOptions {
  const { externalModules, loader = {}, define, minify, keepNames, sourceMap, target, tsconfig } = bundling;
  const { mainFields, conditions, inject, banner = '', footer } = bundling;
  const here = realpathSync(process.cwd());
  return {
    minify: minify ?? true,
    // Errors are known by the names of their classes.
    keepNames: keepNames ?? true,
    sourcemap: (sourceMap ?? true) ? 'external' : false,
    target: target ?? 'node20',
    // Left out here and refused afterwards, with a message of our own.
    loader: { '.node': 'empty', ...(loader as { [ending: string]: Loader }) },
    banner: { js: around(subject, 'banner', banner, startOf) },
    ...(externalModules && { external: externalModules }),
    ...(define && { define }),
    ...(tsconfig && { tsconfig: resolve(here, tsconfig) }),
    ...(mainFields && { mainFields }),
    ...(conditions && { conditions }),
    ...(inject && { inject: inject.map((file) => resolve(here, file)) }),
    ...(footer !== undefined && { footer: { js: around(subject, 'footer', footer, endOf) } }),
  };
}

/** Text of a user around the bundle, which esbuild takes as it is. */
function around(
  { scope, prop, esbuild }: Subject,
  side: 'banner' | 'footer',
  text: string,
  take: (text: string, esbuild: Esbuild) => string,
): string {
  try {
    return take(text, esbuild);
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (!errors) throw error;
    const messages = esbuild.formatMessagesSync(errors, { kind: 'error', color: false });
    const name = prop.replace(/entry$/, `bundling.${side}`);
    throw new InvalidPropError(scope, name, text, `It is not JavaScript:\n\n${messages.join('').trimEnd()}`);
  }
}

/** Native add-ons are left out where they are optional, which is what their users expect, and refused where they are not. */
function buildWithoutAddOns(subject: Subject, given: BuildOptions): InMemory {
  const [result, options] = buildWithUncompiled(subject, given);
  const { needed, optional } = nativeAddOns(result.metafile, subject.project, subject.loaders, subject.esbuild);
  if (needed.length > 0) {
    const names = needed.map(({ path, importer }) => `${path} (imported by ${importer})`).join(', ');
    throw refusal(
      subject,
      `It brings native add-ons, which a bundle cannot hold: ${names}. ` +
        `Its largest inputs: ${largestInputs(result.metafile)}. ` +
        'Name them in `bundling.externalModules` and give a `nodeImage` that has them in /node_modules, ' +
        'or build an image with them and use `image`.',
    );
  }
  if (optional.length === 0) return result;
  return build(subject, { ...options, external: [...(options.external ?? []), ...optional] });
}

/** An add-on that is not compiled here has imports that lead nowhere; whether it is needed is seen without them. */
function buildWithUncompiled(subject: Subject, options: BuildOptions): [InMemory, BuildOptions] {
  try {
    return [build(subject, options), options];
  } catch (error) {
    const { errors = [] } = error as Partial<BuildFailure>;
    const uncompiled = uncompiledImports(errors, subject.project);
    if (!uncompiled || errors.length === 0) throw said(error, subject);
    const without = { ...options, external: [...(options.external ?? []), ...uncompiled] };
    try {
      return [build(subject, without), without];
    } catch (other) {
      throw said(other, subject);
    }
  }
}

/** An error of esbuild, as a user reads it. */
function said(error: unknown, subject: Subject): unknown {
  const { errors } = error as Partial<BuildFailure>;
  if (!errors) return error;
  const messages = subject.esbuild.formatMessagesSync(errors, { kind: 'error', color: false });
  return refusal(subject, `esbuild does not bundle it:\n\n${messages.join('').trimEnd()}`);
}

function build({ file, project, esbuild }: Subject, options: BuildOptions): InMemory {
  const sources = __filename.endsWith('.ts');
  const result: BuildResult = buildMainModule(esbuild, file, {
    absWorkingDir: project,
    outfile: join(project, SCRIPT),
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    // Top-level await and import.meta have no CommonJS.
    format: 'esm',
    // Node prints the line of an uncaught error.
    lineLimit: 200,
    charset: 'utf8',
    legalComments: 'none',
    sourcesContent: false,
    alias: sources ? SOURCES : {},
    logLevel: 'silent',
    ...options,
  });
  return result as InMemory;
}

function refusal({ scope, prop, entry }: Subject, why: string): InvalidPropError {
  return new InvalidPropError(scope, prop, entry, why);
}

/** The folder of the runtime that is bundled; a worker that does without has no lease thread. */
function runtimeOf(subject: Subject, metafile: Metafile): string | undefined {
  const [folder, ...others] = runtimeFolders(metafile, subject.project);
  if (others.length === 0) return folder;
  const versions = [folder as string, ...others].map((each) => `${manifestOf(each)?.version} (${each})`);
  throw refusal(
    subject,
    `It imports ${versions.length} copies of cdk8s-redis-work-queue: ${versions.join(', ')}. ` +
      'A worker has one: install one version of it for the whole workspace (npm ls cdk8s-redis-work-queue).',
  );
}

/** What esbuild drops without a word, and a pod would miss. */
function refuseWhatIsLost(subject: Subject, { inputs }: Metafile, bundling: BundlingOptions) {
  const { project, loaders, esbuild } = subject;
  const imported = Object.keys(inputs)
    .filter((path) => packageOf(path) === undefined)
    .map((path) => resolve(project, path))
    .filter((path) => existsSync(path));
  const own = [...new Set([subject.file, ...imported])];
  const named = (path: string) => relative(realpathSync(process.cwd()), path);

  const { tsconfig } = bundling;
  const metadata = lostDecoratorMetadata(
    own,
    tsconfig && resolve(realpathSync(process.cwd()), tsconfig),
    loaders,
    esbuild,
  );
  if (metadata) {
    throw refusal(
      subject,
      `${named(metadata.file)} has decorators, and ${named(metadata.tsconfig)} sets emitDecoratorMetadata, ` +
        'which esbuild does not support: the types that they read at run time would be missing. ' +
        'Compile it first, by tsc or swc, and name the compiled file. ' +
        'Where nothing reads those types, name a tsconfig.json without it in `bundling.tsconfig`.',
    );
  }
  const left = fileLeftBehind(own, loaders, esbuild);
  if (left?.use === 'read') {
    throw refusal(
      subject,
      `${named(left.source)} reads ${JSON.stringify(left.path)} from beside itself, and a bundle holds only what is imported. ` +
        "Import it, with a loader for its ending (bundling: { loader: { '.sql': 'text' } }), " +
        'mount it by `volumes`, or build an image and use `image`.',
    );
  }
  if (left) {
    throw refusal(
      subject,
      `${named(left.source)} starts a thread or process from ${JSON.stringify(left.path)}, and a bundle is one file. ` +
        'Build an image and use `image`.',
    );
  }
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
