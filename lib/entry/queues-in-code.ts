import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import type { BuildOptions, BuildResult, Metafile } from 'esbuild';
import { packageOf } from './native-add-ons';
import type { Loaders } from './needed-imports';
import type { QueueInCode } from './queue-in-code';

type Esbuild = typeof import('esbuild');

const PACKAGE = 'cdk8s-redis-work-queue';

/** What ends a program with 81 that is called with another queue than that of the chart. */
const RUNS = { worker: ['runWorker', 'startWorker'], filler: ['runFiller'] } as const;

/** What else takes a queue, so that a mention of it there is no second meaning of its name. */
const TAKES = [...RUNS.worker, ...RUNS.filler, 'WorkQueue'];

/** One way to write each thing. */
const WRITTEN = {
  target: 'esnext',
  minifyWhitespace: true,
  minifySyntax: true,
  charset: 'utf8',
  legalComments: 'none',
  supported: { 'template-literal': false },
  logLevel: 'silent',
} as const;

/** What is bundled, and how. */
export interface Sources {
  readonly file: string;
  /** The folder that paths in the metafile are relative to. */
  readonly project: string;
  readonly kind: 'worker' | 'filler';
  readonly loaders: Loaders;
  readonly options: BuildOptions;
  readonly metafile: Metafile;
}

/**
 * All queues that a program may work on, read from its code, which is not run: empty unless the code leaves no doubt about
 * any of them.
 *
 * esbuild puts the user's own files into one, with every name of one meaning, no comments and one way to write each thing.
 * What is left are the calls of `runWorker` and what they are given. Whatever is written in another way is not understood, and
 * then nothing is said.
 */
export function queuesInCode(
  { file, project, kind, loaders, options, metafile }: Sources,
  esbuild: Esbuild,
): QueueInCode[] {
  const inputs = Object.entries(metafile.inputs);
  const imports = (of: (path: string) => boolean) =>
    inputs.filter(([path]) => of(path)).flatMap(([, input]) => input.imports);
  // A package may call it, too.
  const isOfPackage = (path: string) => packageOf(path) !== undefined;
  if (imports(isOfPackage).some(isRuntime)) return [];
  const own = imports((path) => !isOfPackage(path) && loaders[extname(path)] !== undefined);
  if (!own.some(isRuntime)) return [];
  const packages = own.flatMap(({ path, original }) => (original && isOfPackage(path) ? [original] : []));

  const { define, loader, tsconfig, mainFields, conditions } = options;
  let built: BuildResult;
  try {
    built = esbuild.buildSync({
      absWorkingDir: project,
      entryPoints: [resolve(project, file)],
      write: false,
      bundle: true,
      platform: 'node',
      format: 'esm',
      ...WRITTEN,
      ...(define && { define }),
      ...(loader && { loader }),
      ...(tsconfig && { tsconfig }),
      ...(mainFields && { mainFields }),
      ...(conditions && { conditions }),
      external: [...new Set([...(options.external ?? []), ...packages, PACKAGE, `${PACKAGE}/*`])],
    });
  } catch {
    return [];
  }
  const code = new Code(built.outputFiles?.[0]?.text ?? '');
  const queues = code.queuesOf(RUNS[kind], kind === 'filler' ? 'WorkQueue' : undefined);
  return queues ?? [];
}

/**
 * The queue of this name that a file defines, read from its code, which is not run: none unless it defines just one, and it is
 * clear how.
 */
export function queueDefinedIn(file: string, name: string, esbuild: Esbuild): QueueInCode | undefined {
  const loader = ({ '.ts': 'ts', '.mts': 'ts', '.cts': 'ts', '.tsx': 'tsx' } as const)[extname(file)] ?? 'js';
  try {
    const { code } = esbuild.transformSync(readFileSync(file, 'utf8'), { ...WRITTEN, loader });
    return new Code(code).defined(name);
  } catch {
    return undefined;
  }
}

/** Whether an import is one of the runtime; of one that is left out, esbuild keeps the path alone. */
function isRuntime({ path, original = path }: Metafile['inputs'][string]['imports'][number]): boolean {
  return original.startsWith(PACKAGE);
}

const escaped = (text: string) => text.replaceAll('$', '\\$');

/** What is imported from the runtime, and how. */
const IMPORT = new RegExp(
  String.raw`import(?:\{([^}]*)\}from|\*as ([\w$]+) from)?"${PACKAGE}/(?:worker|queue)";|\{([\w$:,]*)\}=__require\("${PACKAGE}/(?:worker|queue)"\)`,
  'g',
);

/** What stands before a word that is part of a text: code has a space only behind a keyword. */
const IN_TEXT =
  /["']$|(?<!(?:^|[^\w$.])(?:as|async|await|case|class|const|default|delete|do|else|export|extends|function|get|in|instanceof|let|new|of|return|set|static|throw|typeof|var|void|yield)) $/;

/** The code of a program in one file, as esbuild writes it without spaces. */
class Code {
  private readonly text: string;
  /** How the code calls what it imports from the runtime, as patterns. */
  private readonly locals = new Map<string, string[]>();
  /** Whether everything that it imports from the runtime is known. */
  private readonly isKnown: boolean;

  constructor(text: string) {
    const bare = text
      .replace(/export\{[^}]*\};\s*$/, '')
      // A main guard makes CommonJS of a file. What that imports is declared apart from its value.
      .replace(/(?<=var )[\w$,]+,(?=[\w$]+=__esm\(\{")/g, '');
    this.text = bare.replace(IMPORT, (_, imported = '', all: string | undefined, required = '') => {
      for (const each of `${imported},${required}`.split(',').filter((name) => name !== '')) {
        const [name = '', local = name] = each.split(/ as |:/);
        this.add(name, escaped(local));
      }
      if (all) for (const name of ['defineQueue', ...TAKES]) this.add(name, String.raw`${escaped(all)}\.${name}`);
      return '';
    });
    this.isKnown = !new RegExp(`["'\`]${PACKAGE}/(worker|queue)["'\`]`).test(this.text);
  }

  /** The queues that these functions are called with; nothing, where one of them cannot be told. */
  queuesOf(functions: readonly string[], unless: string | undefined): QueueInCode[] | undefined {
    if (!this.isKnown || (unless && this.locals.has(unless))) return undefined;
    const calls = this.mentions(this.local(functions));
    const queues = calls.map((end) => (this.text[end] === '(' ? this.queueAt(end + 1) : undefined));
    return queues.length > 0 && queues.every((queue) => queue !== undefined) ? (queues as QueueInCode[]) : undefined;
  }

  /** The only queue of this name. */
  defined(name: string): QueueInCode | undefined {
    const calls = this.mentions(this.local(['defineQueue'])).filter((end) => this.text[end] === '(');
    const queues = calls.map((end) => this.optionsAt(end + 1)).filter((queue) => queue?.name === name);
    return queues.length === 1 ? queues[0] : undefined;
  }

  private add(name: string, local: string) {
    this.locals.set(name, [...(this.locals.get(name) ?? []), local]);
  }

  private local(names: readonly string[]): string {
    const known = names.flatMap((name) => this.locals.get(name) ?? []);
    return known.length > 0 ? `(?:${known.join('|')})` : '(?!)';
  }

  /** Where each mention of a name ends that is not one in a text. */
  private mentions(name: string): number[] {
    const pattern = new RegExp(String.raw`(?<![\w$.])${name}(?![\w$])`, 'g');
    return [...this.text.matchAll(pattern)]
      .filter(({ index }) => !IN_TEXT.test(this.text.slice(Math.max(0, index - 16), index)))
      .map(({ index, 0: found }) => index + found.length);
  }

  /** The queue that is the argument here. */
  private queueAt(at: number): QueueInCode | undefined {
    const name = /^([\w$]+)[,)]/.exec(this.text.slice(at, at + 200))?.[1];
    if (name === undefined) return this.definitionAt(at);
    const assigned = this.assignedTo(escaped(name));
    if (assigned === undefined) return undefined;
    // Any other mention may be another variable of this name.
    const isTaken = new RegExp(String.raw`${this.local(TAKES)}\($`);
    const others = this.mentions(escaped(name)).filter(
      (end) =>
        end !== assigned - 1 &&
        this.text[end] !== '.' &&
        !(/[,)]/.test(this.text[end] ?? '') && isTaken.test(this.text.slice(0, end - name.length).slice(-100))),
    );
    return others.length === 0 ? this.definitionAt(assigned) : undefined;
  }

  /** Where the only value of a variable begins. */
  private assignedTo(name: string): number | undefined {
    const [end, ...others] = this.mentions(name).filter((end) => /^=(?![=>])/.test(this.text.slice(end, end + 2)));
    return end !== undefined && others.length === 0 ? end + 1 : undefined;
  }

  /** The call of `defineQueue` here. */
  private definitionAt(at: number): QueueInCode | undefined {
    const call = new RegExp(String.raw`${this.local(['defineQueue'])}\((?=\{)`, 'y');
    call.lastIndex = at;
    return call.test(this.text) ? this.optionsAt(call.lastIndex) : undefined;
  }

  /** What is given to `defineQueue` here. */
  private optionsAt(at: number): QueueInCode | undefined {
    const options = propertiesAt(this.text, at);
    if (!options || [...options.keys()].some((key) => !['name', 'schema', 'payload'].includes(key))) return undefined;
    const name = this.textOf(options.get('name') ?? '');
    const payload = this.payloadOf(options);
    if (name === undefined || payload === undefined) return undefined;
    const schema = this.written(options.get('schema'));
    return { name, payload, ...(schema !== undefined && { schema }) };
  }

  /** How a value is written, here or as that of a variable, whatever number esbuild has given to a name. */
  private written(value: string | undefined): string | undefined {
    let text = value;
    if (value !== undefined && /^[\w$]+$/.test(value)) {
      const assigned = this.assignedTo(escaped(value));
      text = assigned === undefined ? undefined : expressionAt(this.text, assigned);
    }
    return text?.replace(/(?<=[A-Za-z_$])\d+(?![\w$])/g, '');
  }

  private payloadOf(options: ReadonlyMap<string, string>): string | undefined {
    if (options.has('schema')) return options.get('schema') === 'void 0' ? undefined : 'json';
    return options.has('payload') ? this.textOf(options.get('payload') as string) : 'text';
  }

  /** A text that is written out, here or as the only value of a variable that is mentioned nowhere else. */
  private textOf(value: string): string | undefined {
    const literal = /^(["'])([^\\]*)\1$/.exec(value)?.[2];
    if (literal !== undefined || !/^[\w$]+$/.test(value)) return literal;
    const assigned = this.assignedTo(escaped(value));
    if (assigned === undefined || this.mentions(escaped(value)).length !== 2) return undefined;
    return /^(["'])([^\\]*?)\1(?=[,;}\n]|$)/.exec(this.text.slice(assigned, assigned + 600))?.[2];
  }
}

/**
 * The properties of the object literal that begins here, with their values as they are written; nothing, where one is
 * spread or computed, or where it is not certain what a slash is.
 */
export function propertiesAt(text: string, from: number): ReadonlyMap<string, string> | undefined {
  const parts = partsAt(text, from + 1, '}');
  return parts && propertiesIn(parts.filter((part) => part !== ''));
}

/** The expression that begins here; nothing, where it is not certain where it ends. */
function expressionAt(text: string, from: number): string | undefined {
  return partsAt(text, from, ')]};\n')?.[0];
}

/** What stands here between commas, up to one of these ends, and no other. */
function partsAt(text: string, from: number, ends: string): string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let start = from;
  for (let at = from; at <= text.length; at++) {
    const char = text[at] ?? ';';
    if (char === '"' || char === "'") at = endOfText(text, at);
    else if (char === '`') return undefined;
    else if (text.startsWith('/*', at)) at = text.indexOf('*/', at) + 1;
    else if (char === '/') {
      const before = text[at - 1] as string;
      if (/[)}\w$]/.test(before)) return undefined;
      if (before !== ']') at = endOfPattern(text, at);
    } else if ('([{'.includes(char)) depth++;
    else if (depth > 0 && ')]}'.includes(char)) depth--;
    else if (depth === 0 && ',)]};\n'.includes(char)) {
      parts.push(text.slice(start, at));
      start = at + 1;
      if (char !== ',') return ends.includes(char) ? parts : undefined;
    }
  }
  return undefined;
}

function propertiesIn(parts: readonly string[]): ReadonlyMap<string, string> | undefined {
  const properties = parts.map((part) => /^([\w$]+)(?::(.*))?$/s.exec(part));
  if (properties.includes(null)) return undefined;
  return new Map((properties as RegExpExecArray[]).map(([, key = '', value = key]) => [key, value]));
}

function endOfText(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== text[from]) at += text[at] === '\\' ? 2 : 1;
  return at;
}

function endOfPattern(text: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '[') inClass = true;
    else if (text[at] === ']') inClass = false;
    else if (text[at] === '/' && !inClass) return at;
  }
  return text.length;
}
