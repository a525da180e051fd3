import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSync } from '@swc/core';

const ROOT = join(__dirname, '../..');

/** A node of the syntax tree, of which only some members are looked at. */
type Node = { readonly type?: string } & Readonly<Record<string, unknown>>;

/** A message as the sources have it, with `…` for what is filled in. */
export interface Message {
  /** The file, and the class or the function that gets it. */
  readonly from: string;
  readonly text: string;
}

/** All messages that are given to one of these functions or classes, as the argument of this position from the end. */
export function messagesOf(folder: string, callees: RegExp): Message[] {
  return sourcesOf(folder).flatMap((file) => {
    const tree = treeOf(file);
    const constants = constantsOf(tree);
    return callsOf(tree, callees).flatMap(({ callee, args }) => {
      // An arrow function makes the message of what was given; what comes last may be the issues of a schema.
      const texts = args.map((arg) => textOf(arg, constants)).filter((text) => text !== undefined);
      const text = texts.findLast(isWorded) ?? texts.at(-1);
      return text === undefined ? [] : [{ from: `${relative(ROOT, file)} ${callee}`, text }];
    });
  });
}

/** Whether a message has words of its own, which name it. */
export function isWorded(text: string): boolean {
  return /[a-z]{2}.*[a-z]{2}/i.test(text.replaceAll('…', ''));
}

/** Every text in the sources of a folder that has words. */
export function textsOf(folder: string): string[] {
  return sourcesOf(folder).flatMap(textsIn);
}

/** The texts in a file, or in those of a folder, that read like this. */
export function sentencesOf(path: string, like: RegExp): Message[] {
  const files = path.endsWith('.ts') ? [join(ROOT, path)] : sourcesOf(path);
  return files.flatMap((file) =>
    textsIn(file)
      .filter((text) => like.test(text))
      .map((text) => ({ from: relative(ROOT, file), text })),
  );
}

function textsIn(file: string): string[] {
  const tree = treeOf(file);
  const constants = constantsOf(tree);
  const texts: string[] = [];
  visit(tree, (node) => {
    const text = node.type === 'Identifier' ? undefined : textOf(node, constants);
    if (text !== undefined && isWorded(text)) texts.push(text);
  });
  return texts;
}

/** What the functions of one file return, in words. */
export function returnsOf(file: string, ...functions: string[]): Message[] {
  const tree = treeOf(join(ROOT, file));
  const constants = constantsOf(tree);
  const messages: Message[] = [];
  visit(tree, (node) => {
    const name = (node.identifier as Node | undefined)?.value as string;
    if (node.type !== 'FunctionDeclaration' || !functions.includes(name)) return;
    visit(node, (inner) => {
      if (inner.type !== 'ReturnStatement') return;
      const text = textOf(inner.argument as Node, constants);
      if (text && isWorded(text)) messages.push({ from: `${file} ${name}`, text });
    });
  });
  return messages;
}

/** What the scripts in Redis refuse, and what they call lost. */
export function messagesOfScripts(): Message[] {
  return readdirSync(join(ROOT, 'worker/scripts')).flatMap((file) => {
    const source = readFileSync(join(ROOT, 'worker/scripts', file), 'utf8');
    const refused = [...source.matchAll(/return \{err = ('[A-Z]{3,} (?:[^\n]|\n +(?=\S.*'))*?)\}\n/g)];
    const lost = [...source.matchAll(/return \{?'lost', ((?:[^\n}]|\n +(?='))+)/g)];
    const inTheWay = [...source.matchAll(/return ('which (?:[^\n]|\n {6})+)\n/g)];
    return [...refused, ...lost, ...inTheWay]
      .map(([, lua]) => ({ from: `worker/scripts/${file}`, text: joined(lua as string, /'([^']*)'/g) }))
      .map(({ from, text }) => ({ from, text: text.replace(/^[A-Z]{3,} /, '').replace(/\$\{\w+\}/g, '…') }))
      .filter(({ text }) => isWorded(text));
  });
}

/** What the fill and the gate say when they end, other than what Redis answered. */
export function messagesOfShell(): Message[] {
  return sourcesOf('lib').flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    return [...source.matchAll(/\bend \$\{EXIT\.(\w+)\} "((?:[^"\\]|\\[\s\S])*)"/g)]
      .map(([, code, text]) => ({
        from: `${relative(ROOT, file)} ${code}`,
        text: (text as string).replace(/"?\s*\\\\\n\s*"?/g, ' ').replace(/\\?\$(\{[^}]*\}|\w+)/g, '…'),
      }))
      .filter(({ text }) => isWorded(text));
  });
}

function sourcesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(ROOT, folder, file));
}

const trees = new Map<string, Node>();

function treeOf(file: string): Node {
  const known = trees.get(file);
  if (known) return known;
  const tree = parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript', target: 'es2022' }) as unknown as Node;
  trees.set(file, tree);
  return tree;
}

/** The texts that the file has a name for; those of its functions have values that differ. */
function constantsOf(tree: Node): Map<string, string> {
  const constants = new Map<string, string>();
  for (const statement of tree.body as Node[]) {
    for (const { id, init } of (statement.declarations ?? []) as { id: Node; init: Node }[]) {
      const text = textOf(init, constants);
      if (text !== undefined) constants.set(id.value as string, text);
    }
  }
  return constants;
}

function callsOf(tree: Node, callees: RegExp): { callee: string; args: Node[] }[] {
  const calls: { callee: string; args: Node[] }[] = [];
  visit(tree, (node) => {
    if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return;
    const callee = node.callee as Node;
    const name = String(callee.value ?? (callee.property as Node | undefined)?.value);
    if (!callees.test(name)) return;
    calls.push({ callee: name, args: ((node.arguments ?? []) as { expression: Node }[]).map((arg) => arg.expression) });
  });
  return calls;
}

/** A text, with `…` for what is not written out; undefined for what is none. */
function textOf(node: Node | undefined, constants: ReadonlyMap<string, string>): string | undefined {
  switch (node?.type) {
    case 'StringLiteral':
      return node.value as string;
    case 'TemplateLiteral': {
      // The type of a text has types in their place.
      const expressions = (node.expressions ?? node.types) as Node[];
      const parts = (node.quasis as { cooked: string }[]).map(({ cooked }, index) => {
        const expression = expressions[index];
        return expression ? cooked + (constants.get(expression.value as string) ?? '…') : cooked;
      });
      return parts.join('');
    }
    case 'BinaryExpression':
      if (node.operator !== '+') return undefined;
      return `${textOf(node.left as Node, constants) ?? '…'}${textOf(node.right as Node, constants) ?? '…'}`;
    case 'ParenthesisExpression':
      return textOf(node.expression as Node, constants);
    case 'ConditionalExpression':
      return textOf(node.alternate as Node, constants) ?? textOf(node.consequent as Node, constants);
    case 'ArrowFunctionExpression':
      return textOf(node.body as Node, constants);
    case 'Identifier':
      return constants.get(node.value as string) ?? '…';
    default:
      return undefined;
  }
}

function visit(node: unknown, see: (node: Node) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const each of node) visit(each, see);
    return;
  }
  if ('type' in node) see(node as Node);
  for (const each of Object.values(node)) visit(each, see);
}

function joined(source: string, pieces: RegExp): string {
  return [...source.matchAll(pieces)].map(([, piece]) => piece).join('…');
}
