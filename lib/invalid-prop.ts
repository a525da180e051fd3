import { inspect } from 'node:util';

/** What has a path in the tree: a construct, or the place of one that is still to be made. */
export interface Place {
  readonly node: { readonly path: string };
}

/** A prop that a construct refuses. The message says what was given, what is allowed and how to fix it. */
export class InvalidPropError extends Error {
  /** @internal */
  constructor(scope: Place, prop: string, given: unknown, allowed: string) {
    super(`${scope.node.path}: ${prop} is ${shown(given)}. ${allowed}`);
    this.name = 'InvalidPropError';
  }
}

const MAX_SHOWN = 100;

/** Names of what a log of CI should not hold. */
const SECRET = 'pas+w|pwd|token|auth|credential|secret';

/** A value under a name, for a message; not where the name says that it is secret. */
export function unlessSecret(name: string, value: unknown): unknown {
  return typeof value === 'string' && new RegExp(SECRET, 'i').test(name) ? 'a literal' : value;
}

/** The same for texts that show properties and addresses. */
function withoutSecrets(text: string): string {
  return text
    .replace(/:\/\/[^/@\s]*@/g, '://…@')
    .replace(new RegExp(`((?:${SECRET})\\w*['"]?: )(?:'[^']*'?|"[^"]*"?)`, 'gi'), '$1…');
}

/** A value as a message shows it, even if it is circular, without a prototype, with getters that throw. */
export function shown(value: unknown): string {
  const text = withoutSecrets(textOf(value));
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${text.length} characters)` : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  try {
    return describe(value) ?? inspect(value, { depth: 1, compact: true, breakLength: Number.POSITIVE_INFINITY });
  } catch {
    return `a value of type ${typeof value} that cannot be shown`;
  }
}

/** Objects that `inspect` would tell too much of. */
function describe(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { node, kind, asString, toHumanString } = value as Record<string, unknown>;
  const path = (node as Place['node'] | undefined)?.path;
  if (path === '') return `the ${value.constructor?.name}`;
  if (typeof path === 'string') return `the ${typeof kind === 'string' ? kind : 'construct'} ${path}`;
  for (const method of [asString, toHumanString]) {
    if (typeof method === 'function') return JSON.stringify(String(method.call(value)));
  }
  return undefined;
}
