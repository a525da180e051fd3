/** Values that each prop of an interface refuses, and what of the message matters. */
export type Wrong<P> = { readonly [Name in keyof P]-?: readonly [unknown, RegExp][] };
