import { isDate, isProxy, isRegExp } from 'node:util/types';
import { errorFields, isError } from '../errors';

/** How much of a value is written. */
export interface Bounds {
  /** Characters of a text. */
  readonly text: number;
  /** Values within values. */
  readonly depth: number;
  /** Values in a list, or in an object. */
  readonly width: number;
  /** Errors that an error is described by. */
  readonly errors: number;
}

/** What JSON can say of a value: its size is bounded, and nothing that the value does goes through. */
export function plainValue(value: unknown, bounds: Bounds, around: readonly object[] = []): unknown {
  try {
    return plainOf(value, bounds, around);
  } catch {
    return '[cannot be read]';
  }
}

/** The members of an object, each as {@link plainValue} has it. */
export function plainMembers(of: object, bounds: Bounds, around: readonly object[] = []): Record<string, unknown> {
  // Without a prototype no name means something else.
  const members: Record<string, unknown> = Object.create(null);
  let room = bounds.width;
  for (const name in of) {
    if (!Object.hasOwn(of, name)) continue;
    if (room-- === 0) {
      members['…'] = 'and more';
      break;
    }
    const value = plainValue(memberOf(of, name), bounds, around);
    if (value !== undefined) members[shortText(name, 200)] = value;
  }
  return members;
}

function plainOf(value: unknown, bounds: Bounds, around: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
      return shortText(value, bounds.text);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return shortText(String(value), bounds.text);
    case 'symbol':
      return shortText(String(value), bounds.text);
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : plainObject(value, bounds, around);
    default:
      return undefined;
  }
}

function plainObject(value: object, bounds: Bounds, around: readonly object[]): unknown {
  if (isError(value)) return errorFields(value, bounds.errors);
  if (around.includes(value)) return '[circular]';
  if (isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (isRegExp(value)) return shortText(String(value), bounds.text);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (around.length >= bounds.depth) return Array.isArray(value) ? '[list]' : '[object]';
  const within = [...around, value];
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function' && !isProxy(value)) return plainValue(toJSON.call(value), bounds, within);
  if (Array.isArray(value)) return plainList(value, value.length, bounds, within);
  if (value instanceof Set) return plainList(value, value.size, bounds, within);
  if (value instanceof Map) {
    const entries = [...firstOf(value, bounds.width)].map(([name, one]) => [String(name), one]);
    return plainMembers(Object.fromEntries(entries), bounds, within);
  }
  return plainMembers(value, bounds, within);
}

function plainList(list: Iterable<unknown>, length: number, bounds: Bounds, around: readonly object[]): unknown[] {
  const plain = [...firstOf(list, bounds.width)].map((one) => plainValue(one, bounds, around) ?? null);
  return length > bounds.width ? [...plain, `… and ${length - bounds.width} more`] : plain;
}

function* firstOf<Value>(values: Iterable<Value>, count: number): Iterable<Value> {
  let left = count;
  if (left > 0)
    for (const value of values) {
      yield value;
      if (--left === 0) return;
    }
}

function memberOf(of: object, name: string): unknown {
  try {
    return (of as Record<string, unknown>)[name];
  } catch {
    return '[cannot be read]';
  }
}

/** The first characters of a text, and how many it has. */
export function shortText(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text;
}
