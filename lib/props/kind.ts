import type { Construct } from 'constructs';
import { InvalidPropError, shown } from '../invalid-prop';

/** Where a value was given: in which prop of which construct, which need not be made yet. */
export class At {
  constructor(
    /** What the construct is made in. */
    public readonly scope: Construct,
    /** Path of the construct. */
    private readonly path: string,
    /** What messages call the prop. */
    public readonly name: string,
  ) {}

  /** A prop of this one. */
  public prop(name: string): At {
    return this.as(this.name === '' ? name : `${this.name}.${name}`);
  }

  /** An element of this array. */
  public element(index: number): At {
    return this.as(`${this.name}[${index}]`);
  }

  /** What stands under a key of this map. */
  public under(key: string): At {
    return this.as(`${this.name}["${key}"]`);
  }

  /** Another part of the same construct. */
  public as(name: string): At {
    return new At(this.scope, this.path, name);
  }

  /** The error that refuses what was given here. */
  public refusal(given: unknown, allowed: string): InvalidPropError {
    const place = { node: { path: this.path } };
    return new InvalidPropError(place, this.name === '' ? 'props' : this.name, given, allowed);
  }
}

/** What a prop may hold. */
export interface Kind<T> {
  /**
   * The value, of arrays and maps a copy.
   *
   * @throws InvalidPropError it is another kind of value
   */
  read(given: unknown, at: At): T;
}

/** A value of a kind. Whatever goes wrong while it is read is the fault of what was given. */
export function readAs<T>(kind: Kind<T>, given: unknown, at: At): T {
  if (isMadeBy(given, 'produce')) {
    throw at.refusal('a Lazy value', 'Props are checked before a Lazy value is known. Give the value itself.');
  }
  if (isMadeBy(given, 'then')) throw at.refusal('a Promise', 'A chart does not wait. Await it, and give the result.');
  return guarded(() => kind.read(given, at), given, at);
}

/** One property of what was given, which may be a getter. */
export function property(given: object, name: string, at: At): unknown {
  return guarded(() => (given as Record<string, unknown>)[name], 'not readable', at);
}

function guarded<T>(read: () => T, given: unknown, at: At): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidPropError) throw error;
    throw at.refusal(given, `Reading it failed: ${error instanceof Error ? error.message : shown(error)}`);
  }
}

function isMadeBy(given: unknown, method: string): boolean {
  if (typeof given !== 'object' || given === null) return false;
  try {
    return typeof (given as Record<string, unknown>)[method] === 'function';
  } catch {
    return false;
  }
}

/** Whether it holds properties by name: an object literal or an instance of a class, but no array, Map or function. */
export function isRecord(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && Object.prototype.toString.call(given) === '[object Object]';
}

/** Not given: what a caller leaves out, and what YAML has in its place. */
export function isAbsent(given: unknown): given is undefined | null {
  return given === undefined || given === null;
}

/** Any value for which there is a test. */
export function kind<T>(isOne: (given: unknown) => boolean, allowed: string | ((given: unknown) => string)): Kind<T> {
  return {
    read(given, at) {
      if (isOne(given)) return given as T;
      throw at.refusal(given, typeof allowed === 'string' ? allowed : allowed(given));
    },
  };
}

/** A kind with one more test, which throws. */
export function refined<T>(of: Kind<T>, test: (value: T, at: At) => void): Kind<T> {
  return {
    read(given, at) {
      const value = of.read(given, at);
      test(value, at);
      return value;
    },
  };
}

/**
 * An array of one kind.
 *
 * @param like what it must be: 'an array of strings: ["apple"]'
 */
export function list<T>(of: Kind<T>, like: string): Kind<T[]> {
  return {
    read(given, at) {
      if (!Array.isArray(given)) {
        const spread = isSpreadable(given) ? ' Spread what you have: [...values].' : '';
        throw at.refusal(given, `It must be ${like}.${spread}`);
      }
      return Array.from(given, (_, index) => {
        const here = at.element(index);
        if (!(index in given))
          throw here.refusal(undefined, 'The array has a hole there: a comma too many? Remove it.');
        return readAs(of, property(given, `${index}`, here), here);
      });
    },
  };
}

/** Whether spreading it may give the elements: a Map would give pairs, a Buffer numbers. */
function isSpreadable(given: unknown): boolean {
  const isMap = Object.prototype.toString.call(given) === '[object Map]';
  return isMadeBy(given, Symbol.iterator as never) && !isMap && !ArrayBuffer.isView(given);
}

/**
 * Values of one kind by name.
 *
 * @param key checks a key
 * @param like what it must be: 'an object of strings: { team: "fruit" }'
 * @param under what messages call a value
 */
export function map<T>(
  of: Kind<T>,
  key: (key: string, at: At) => void,
  like: string,
  under = (at: At, name: string) => at.under(name),
): Kind<{ [key: string]: T }> {
  return {
    read(given, at) {
      if (!isRecord(given)) throw at.refusal(given, `It must be ${like}.`);
      return Object.fromEntries(
        Object.keys(given).map((name) => {
          key(name, at);
          return [name, readAs(of, property(given, name, under(at, name)), under(at, name))];
        }),
      );
    },
  };
}
