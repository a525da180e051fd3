import { textOf } from '../errors';

/**
 * What a handler gives away, as JSON of at most so many bytes.
 *
 * @throws TypeError it has no JSON, or more
 */
export function jsonWithin(most: number, what: string, value: unknown, instead: string): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw new TypeError(`the ${what} cannot be written as JSON: ${textOf(error)}`);
  }
  if (json === undefined) {
    const is = value === undefined ? 'undefined' : `a ${typeof value}`;
    throw new TypeError(`the ${what} cannot be written as JSON: it is ${is}`);
  }
  const bytes = Buffer.byteLength(json);
  if (bytes <= most) return json;
  throw new TypeError(
    `the ${what} is ${bytes} bytes of JSON, and ${most} are allowed: store it elsewhere, and ${instead}`,
  );
}
