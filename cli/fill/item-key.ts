import { CommandError } from '../failures';
import { utf8 } from '../text';

/** The name that stands for the whole line. */
const WHOLE = '.';

/** What tells items apart. */
export interface ItemKey {
  /** Whether each line must be JSON for it. */
  readonly ofJson: boolean;
  /**
   * The key of an item.
   *
   * @param at where it stands, for messages
   * @throws CommandError it has none
   */
  of(payload: Uint8Array, at?: string): string;
}

/** The key by which `--key` tells items apart: a field of each line, or the whole line. */
export function itemKey(field: string): ItemKey {
  if (field === WHOLE) return { ofJson: false, of: (payload, at = 'an item') => textOf(payload, at) };
  return {
    ofJson: true,
    of(payload, at = 'an item') {
      const item: unknown = JSON.parse(textOf(payload, at));
      const isObject = typeof item === 'object' && item !== null && Object.hasOwn(item, field);
      const value = isObject ? (item as Record<string, unknown>)[field] : undefined;
      if (typeof value === 'string' || typeof value === 'number') return String(value);
      throw new CommandError(
        `${at} has no text or number in the field ${JSON.stringify(field)}, which is its key. ` +
          'Give --key FIELD with a field that each line has, or --key . for the whole line.',
      );
    },
  };
}

function textOf(payload: Uint8Array, at: string): string {
  const text = utf8(Buffer.from(payload));
  if (text !== undefined) return text;
  throw new CommandError(`${at} is not UTF-8, as a key must be.`);
}
