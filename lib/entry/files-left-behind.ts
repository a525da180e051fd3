import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, resolve, sep } from 'node:path';
import type { Loader } from 'esbuild';
import { type Loaders, unresolved } from './needed-imports';

type Esbuild = typeof import('esbuild');

/** A file that is read or run from beside a source, and is not beside the script in a pod. */
export interface FileLeftBehind {
  readonly source: string;
  /** As it stands in the source. */
  readonly path: string;
  /** What is done with it. */
  readonly use: 'read' | 'thread';
}

/** Stands for a file where esbuild is asked whether the source does without. */
const MARK = 'file-beside-the-source-';

const READ = String.raw`(?:\w+\.)*(?:readFileSync|readFile|createReadStream)\(`;
const THREAD = String.raw`(?:new (?:\w+\.)*Worker|(?:\w+\.)*fork)\(`;
const STRING = String.raw`"(\.{0,2}[^"\\]*)"`;
/** How the path of a file beside the source is written, with the comments and the formatting gone. */
const BESIDE = [
  String.raw`new URL\("(\.{1,2}/[^"\\]*)",import\.meta\.url\)`,
  String.raw`(?:\w+\.)?fileURLToPath\(new URL\("(\.{1,2}/[^"\\]*)",import\.meta\.url\)\)`,
  String.raw`(?:\w+\.)?(?:join|resolve)\((?:__dirname|import\.meta\.dirname),${STRING}\)`,
];

const USES = [
  { use: 'read', pattern: new RegExp(`(?<![\\w.])${READ}(?:${BESIDE.join('|')})`, 'g') },
  { use: 'thread', pattern: new RegExp(`(?<![\\w.])${THREAD}(?:${BESIDE.join('|')})`, 'g') },
] as const;

/** Who asks first whether a file is there can do without. */
const ASKS = /\b(exists|existsSync|access|accessSync|stat|statSync)\(/;

/**
 * The first file that one of these sources reads, or starts a thread or process from, by a path beside itself that is
 * written out there: one that is there now, and that the source does not do without, in a `try` or after a look.
 */
export function fileLeftBehind(
  sources: readonly string[],
  loaders: Loaders,
  esbuild: Esbuild,
): FileLeftBehind | undefined {
  for (const source of sources) {
    const loader = loaders[extname(source)];
    const text = loader && readFileSync(source, 'utf8');
    if (!text || !/import\.meta|__dirname/.test(text)) continue;
    const code = withoutComments(text, loader, esbuild);
    if (ASKS.test(code)) continue;
    for (const { use, pattern } of USES) {
      const paths: string[] = [];
      const marked = code.replace(pattern, (call, ...groups: (string | undefined)[]) => {
        const path = groups.slice(0, BESIDE.length).find((group) => group !== undefined) as string;
        return `require("${MARK}${paths.push(path) - 1}")||${call}`;
      });
      const needed = unresolved(marked, esbuild);
      const path = paths.find(
        (path, index) => needed.includes(`${MARK}${index}`) && isFile(resolve(dirname(source), `.${sep}${path}`)),
      );
      if (path !== undefined) return { source, path, use };
    }
  }
  return undefined;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function withoutComments(text: string, loader: Loader, esbuild: Esbuild): string {
  const { code } = esbuild.transformSync(text, {
    loader,
    minifyWhitespace: true,
    legalComments: 'none',
    target: 'esnext',
    logLevel: 'silent',
  });
  return code;
}
