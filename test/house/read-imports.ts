import { posix } from 'node:path';
import { parseSync } from '@swc/core';

/** One file that names another one, however it does: also for its types alone, also later. */
export interface Import {
  /** As the file names it, `../worker/contract`. */
  readonly specifier: string;
  /** The file of the tree that this is, or the name of a package. */
  readonly target: string;
}

/** The files of a tree, by their paths from its root, with what each imports. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

/**
 * Reads what each file imports. A path that leads to no file of the tree is an error, so that no import goes unseen.
 *
 * @param texts text by path, `worker/errors/index.ts`; of a file that is not TypeScript the text does not matter
 * @param ownNames files by the names that the package has for them, `cdk8s-redis-work-queue/queue`
 */
export function readImports(
  texts: ReadonlyMap<string, string>,
  ownNames: ReadonlyMap<string, string> = new Map(),
): ImportGraph {
  const target = (file: string, specifier: string) => {
    if (!specifier.startsWith('.')) return ownNames.get(specifier) ?? specifier;
    // What is built stands for what it is built from.
    const path = posix.join(posix.dirname(file), specifier).replace(/^build\//, '');
    const found = candidates(path).find((each) => texts.has(each));
    if (!found) throw new Error(`${file} imports '${specifier}', and there is no such file.`);
    return found;
  };
  return new Map(
    [...texts].map(([file, text]) => {
      const specifiers = /\.([cm]?ts|tsx)$/.test(file) ? specifiersOf(file, text) : [];
      return [file, specifiers.map((specifier) => ({ specifier, target: target(file, specifier) }))];
    }),
  );
}

function candidates(path: string): string[] {
  return [path, `${path}.ts`, `${path}.tsx`, posix.join(path, 'index.ts'), path.replace(/\.([cm]?)js$/, '.$1ts')];
}

/** `import`, `export … from`, `import()`, `typeof import()`, `import x = require()`, `require()` and `require.resolve()`. */
function specifiersOf(file: string, text: string): string[] {
  let module: unknown;
  try {
    module = parseSync(text, { syntax: 'typescript', tsx: file.endsWith('.tsx') });
  } catch (error) {
    throw new Error(`${file} cannot be parsed`, { cause: error });
  }
  const found = new Set<string>();
  visit(module, (node) => {
    const named = [node.source, node.argument, node.expression];
    if (/^(?:Import|ExportAll|ExportNamed)Declaration$|^TsImportType$|^TsExternalModuleReference$/.test(node.type)) {
      for (const each of named) addText(each, found);
    } else if (node.type === 'CallExpression' && importing(node.callee as Node)) {
      addText((node.arguments as { expression: unknown }[])[0]?.expression, found);
    }
  });
  return [...found];
}

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

function visit(value: unknown, each: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && typeof value.type === 'string') each(value as Node);
  for (const [field, child] of Object.entries(value)) if (field !== 'span') visit(child, each);
}

function importing({ type, value, object, property }: Node): boolean {
  const isRequire = (node: unknown) => (node as Node | undefined)?.value === 'require';
  return (
    type === 'Import' ||
    (type === 'Identifier' && value === 'require') ||
    (type === 'MemberExpression' && isRequire(object) && (property as Node).value === 'resolve')
  );
}

/** A name that is written out; one that is computed names no file that could be looked up. */
function addText(node: unknown, found: Set<string>): void {
  const { type, value, expressions, quasis } = (node ?? {}) as Partial<Node>;
  if (type === 'StringLiteral') found.add(value as string);
  else if (type === 'TemplateLiteral' && (expressions as unknown[]).length === 0) {
    found.add((quasis as { cooked: string }[])[0]!.cooked);
  }
}
