import { type Kind, kind } from './kind';
import { isText, whole } from './kinds';
import { type Shape, type ShapeOptions, shape } from './shape';

// Pieces of Kubernetes, written as in its YAML.

/** A piece, by the names that go over the wire. */
export interface Piece {
  // biome-ignore lint/suspicious/noExplicitAny: its table says what each field holds
  readonly [field: string]: any;
}

/** A piece of Kubernetes with these fields. */
export function piece(options: ShapeOptions<Piece>): Shape<Piece> {
  return asWritten(shape<Piece>(options));
}

/** The same object, but none of cdk8s-plus that stands for it. */
export function asWritten<P>(fields: Shape<P>): Shape<P> {
  return {
    ...fields,
    read(given, at) {
      const { _toKube } = (given ?? {}) as { readonly _toKube?: unknown };
      if (typeof _toKube !== 'function') return fields.read(given, at);
      throw at.refusal('an object of cdk8s-plus', `It must be written as in Kubernetes' YAML: ${fields.like}.`);
    },
  };
}

export const text: Kind<string> = kind(
  (given) => isText(given) && given !== '',
  (given) => (typeof given === 'string' ? 'It must not be empty.' : 'It must be a string: in quotes.'),
);

/** The number of a port. */
export const portNumber = whole(1, 65_535);

const PORT_NAME = /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/;

export const portName: Kind<string> = kind(
  (given) => typeof given === 'string' && PORT_NAME.test(given),
  'It must be at most 15 lower-case letters, digits and hyphens, with a letter: "metrics".',
);

/** A port by its number, or by its name among the container's `ports`. */
export const port: Kind<number | string> = kind((given) => {
  const isNumber = Number.isInteger(given) && (given as number) >= 1 && (given as number) <= 65_535;
  return isNumber || (typeof given === 'string' && PORT_NAME.test(given));
}, 'It must be a number from 1 to 65535, without quotes, or the name of one of the `ports`: "metrics".');
