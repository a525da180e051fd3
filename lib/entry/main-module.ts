import { readFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import type { BuildOptions, BuildResult } from 'esbuild';
import { manifestOf } from './lease-thread-file';

type Esbuild = typeof import('esbuild');

/** The file from which the modules of a bundle seem to come that are not its entry. It lies beside the script and runs it. */
export const IMPORTED = 'imported.mjs';

/**
 * What stands at the start of a bundle: the variables that CommonJS expects, and those by which a module sees whether it
 * is the main one. In one file all modules would see the same. Those that a file may declare by itself are `var`, as
 * esbuild makes its own.
 */
const MODULE_VARIABLES = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  'var require = __createRequire(import.meta.url);',
  'var __filename = __fileURLToPath(import.meta.url);',
  "var __dirname = __fileURLToPath(new URL('.', import.meta.url));",
  // Of files with import statements that are CommonJS elsewhere.
  'var module = { exports: {} };',
  "const __main = { id: '.', path: __dirname, filename: __filename, parent: null, children: [], paths: [] };",
  'const __entryFilename = __filename;',
  'const __entryMeta = { ...import.meta, filename: __filename, main: true };',
  `const __importedUrl = new URL('${IMPORTED}', import.meta.url).href;`,
  'const __importedFilename = __fileURLToPath(__importedUrl);',
  'const __importedMeta = { ...import.meta, url: __importedUrl, filename: __importedFilename, main: false };',
];

/** What of it a banner may declare by itself, as the usual one for ES modules does. */
const DECLARABLE = ['require', '__filename', '__dirname', 'module'];

/**
 * The start of a bundle, below the banner of its user.
 *
 * @throws BuildFailure the banner is no JavaScript
 */
export function startOf(banner: string, esbuild: Esbuild): string {
  parse(banner, esbuild);
  const declared = DECLARABLE.filter((name) => {
    try {
      parse(`${banner}\nvar ${name};`, esbuild);
      return false;
    } catch {
      return true;
    }
  });
  const variables = MODULE_VARIABLES.filter((line) => !declared.some((name) => line.startsWith(`var ${name} `)));
  return [banner, variables.join('')].filter((text) => text !== '').join('\n');
}

/**
 * The end of a bundle.
 *
 * @throws BuildFailure it is no JavaScript
 */
export function endOf(footer: string, esbuild: Esbuild): string {
  parse(footer, esbuild);
  return footer;
}

function parse(text: string, esbuild: Esbuild): void {
  esbuild.transformSync(text, { format: 'esm', logLevel: 'silent' });
}

/** How modules that are not the entry see themselves. */
const IMPORTED_DEFINES: Readonly<Record<string, string>> = {
  'import.meta': '__importedMeta',
  'require.main': '__main',
  'process.mainModule': '__main',
  'module.parent': '__main',
  __filename: '__importedFilename',
};

const ENTRY_DEFINES: Readonly<Record<string, string>> = {
  'import.meta': '__entryMeta',
  'require.main': 'module',
  'require.main.filename': '__entryFilename',
  'require.main.id': '"."',
  'require.main.path': '__dirname',
  'process.mainModule': 'module',
  'process.mainModule.filename': '__entryFilename',
  'process.mainModule.id': '"."',
  'module.filename': '__entryFilename',
  'module.path': '__dirname',
  'module.id': '"."',
  'module.parent': 'null',
  __filename: '__entryFilename',
};

/**
 * A bundle whose CommonJS modules have a parent, as those have that are not the main one; esbuild makes them without. Its
 * function that makes them is the first of its own.
 */
export function withParents(script: string): string {
  return script.replace(/=\s*\{\s*exports:\s*\{\s*\}\s*\}\)\.exports/, '={exports:{},parent:__main}).exports');
}

/** Words without which a file does not ask whether it is the main one. */
const ASKS = /\b(meta|main|mainModule|module|__filename)\b/;

/**
 * Bundles an entry, whose answers to whether it is the main module are those of Node. esbuild has one answer for all files
 * of a bundle, so the entry gets its own ones first.
 *
 * @param options with a metafile
 */
export function buildMainModule(esbuild: Esbuild, file: string, options: BuildOptions): BuildResult {
  const imported: BuildOptions = { ...options, define: { ...IMPORTED_DEFINES, ...options.define } };
  const asItIs = () => esbuild.buildSync({ ...imported, entryPoints: [file] });
  if (!ASKS.test(readFileSync(file, 'utf8'))) return asItIs();
  try {
    const contents = answered(esbuild, file, options);
    const from = (sourcefile: string) =>
      esbuild.buildSync({ ...imported, stdin: { contents, sourcefile, resolveDir: dirname(file), loader: 'jsx' } });
    // esbuild knows no package.json of a text, only the ending of its name. By another name it is another module, though,
    // than the one that a file imports which the entry imports.
    if (isModuleByPackage(file)) {
      const result = from(`${file.slice(0, -extname(file).length)}.mts`);
      if (!holds(result, file, options)) return result;
    }
    return from(file);
  } catch (error) {
    // Places in the file are told right where it is bundled as it is.
    asItIs();
    throw error;
  }
}

function answered(esbuild: Esbuild, file: string, options: BuildOptions): string {
  const { absWorkingDir, define, loader, target, tsconfig } = options;
  const { outputFiles }: BuildResult = esbuild.buildSync({
    absWorkingDir,
    entryPoints: [file],
    // Sources in a map are named from where it lies.
    outfile: join(dirname(file), 'main.js'),
    write: false,
    platform: 'node',
    charset: 'utf8',
    define: { ...ENTRY_DEFINES, ...define },
    loader,
    target,
    tsconfig,
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'silent',
  });
  return outputFiles?.[0]?.text ?? '';
}

function isModuleByPackage(file: string): boolean {
  return /\.[jt]sx?$/.test(file) && manifestOf(dirname(file))?.type === 'module';
}

function holds({ metafile }: BuildResult, file: string, { absWorkingDir = '' }: BuildOptions): boolean {
  return Object.keys(metafile?.inputs ?? {}).some((path) => resolve(absWorkingDir, path) === file);
}
