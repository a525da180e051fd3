import { unlessSecret } from '../invalid-prop';
import { closest } from './closest';
import { type At, isAbsent, isRecord, type Kind, property, readAs } from './kind';

/** What a sentence says to one who gives a prop beside another, or without it. */
export type Beside<P> = { readonly [Other in keyof P]?: string };

/** One prop: what it is, when it must be there and when not. The texts say how to mend it. */
export interface Row<P, Name extends keyof P> {
  readonly is: Kind<NonNullable<P[Name]>>;
  /** It must be given. */
  readonly required?: string;
  /** It must be given unless one of these is. */
  readonly requiredWithout?: Beside<P>;
  /** It must be given where one of these is. */
  readonly requiredWith?: Beside<P>;
  /** It must not be given where one of these is. */
  readonly notWith?: Beside<P>;
  /** It must not be given unless all of these are. */
  readonly onlyWith?: Beside<P>;
  /** How a message shows it where only its presence is wrong. */
  readonly shown?: (value: NonNullable<P[Name]>) => unknown;
}

/** A row for each prop, which may tell of others that stand beside them: one that is missing does not compile. */
export type Table<P, All extends P = P> = { readonly [Name in keyof P]-?: Row<All, Name> };

/** What an object with props is. */
export interface ShapeOptions<P> {
  /** What has these props, in messages. */
  readonly of: string;
  /** How it is written. */
  readonly like: string;
  readonly props: Table<P>;
  /** Props of other things, by name, and what takes their place here. */
  readonly foreign?: { readonly [name: string]: string };
  /** What else must hold between props that are fine one by one. */
  readonly together?: (props: P, at: At) => void;
}

/** An object with props. */
export interface Shape<P> extends Kind<P>, ShapeOptions<P> {}

/** The kind of an object with these props and no others. */
export function shape<P extends object>(options: ShapeOptions<P>): Shape<P> {
  const { like, props, together } = options;
  const rows = Object.entries(props) as [Extract<keyof P, string>, Row<P, keyof P>][];
  return {
    ...options,
    read(given, at) {
      if (!isRecord(given)) throw at.refusal(given, `It must be an object: ${like}.`);
      refuseForeign(given, at, options);
      const read: Partial<P> = {};
      for (const [name, { is }] of rows) {
        const value = property(given, name, at.prop(name));
        if (!isAbsent(value)) read[name] = readAs(is, value, at.prop(name)) as P[typeof name];
      }
      for (const [name, row] of rows) checkPresence(read, name, row, at.prop(name));
      together?.(read as P, at);
      return read as P;
    },
  };
}

function refuseForeign<P>(given: Record<string, unknown>, at: At, { of, props, foreign = {} }: ShapeOptions<P>) {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(props, name)) continue;
    const value = property(given, name, at.prop(name));
    if (isAbsent(value)) continue;
    const shown = unlessSecret(name, value);
    if (Object.hasOwn(foreign, name)) throw at.prop(name).refusal(shown, foreign[name] as string);
    const meant = closest(name, Object.keys(props));
    const instead = meant
      ? `Did you mean ${JSON.stringify(meant)}?`
      : `Remove it. A wrapper with props of its own passes on the others only. There is ${Object.keys(props).join(', ')}.`;
    throw at.prop(name).refusal(shown, `${of} has no prop of this name. ${instead}`);
  }
}

function checkPresence<P>(props: Partial<P>, name: keyof P, row: Row<P, keyof P>, at: At) {
  const { required, requiredWith, requiredWithout, notWith, onlyWith } = row;
  const message = isOn(props, name)
    ? (messageFor(notWith, (other) => isOn(props, other)) ?? messageFor(onlyWith, (other) => !isOn(props, other)))
    : (required ??
      messageFor(requiredWith, (other) => isOn(props, other)) ??
      messageFor(requiredWithout, (other) => !isOn(props, other)));
  if (message === undefined) return;
  const value = props[name] as NonNullable<P[keyof P]>;
  throw at.refusal(isAbsent(value) ? value : (row.shown?.(value) ?? value), message);
}

function messageFor<P>(beside: Beside<P> = {}, applies: (other: keyof P) => boolean): string | undefined {
  return Object.entries<string | undefined>(beside).find(([other]) => applies(other as keyof P))?.[1];
}

/** A prop that is false asks for nothing. */
function isOn<P>(props: Partial<P>, name: keyof P): boolean {
  return props[name] !== undefined && props[name] !== false;
}
