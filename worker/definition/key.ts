import { createHash } from 'node:crypto';
import { describeGiven } from '../settings';

/** What stands for a key in Redis. */
export function hashOf(key: string): Uint8Array {
  if (typeof key !== 'string') throw new TypeError(`the key of an item is ${describeGiven(key)}: allowed is a text`);
  return createHash('sha256').update(key).digest().subarray(0, 16);
}
