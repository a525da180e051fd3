import type { ItemContext } from '../worker/attempt';
import { textOf } from '../worker/errors';
import { jsonOf } from './body';
import { RequestError } from './request-error';

/** The name that stands for the whole item. */
const WHOLE = '.';

/** How items are added. */
export interface Adding {
  /** A field of each item, or `.` for all of it. */
  readonly key?: string;
  readonly front?: boolean;
}

/**
 * The payloads in a body: of a JSON array, strings as they are and anything else as JSON; of text, one a line.
 *
 * @throws RequestError 400
 */
export function payloadsIn(body: Buffer, isJson: boolean): Buffer[] {
  if (!isJson) return linesOf(body);
  const items = jsonOf(body);
  if (!Array.isArray(items)) {
    throw new RequestError(400, 'the body is JSON and no array; send an array of items, or text with one item a line');
  }
  return items.map((item) => Buffer.from(typeof item === 'string' ? item : JSON.stringify(item)));
}

/** Lines, without those that are empty; a line may end with a carriage return. */
function linesOf(body: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < body.length; ) {
    const found = body.indexOf(10, start);
    const end = found < 0 ? body.length : found;
    const line = body.subarray(start, body[end - 1] === 13 ? end - 1 : end);
    if (line.length > 0) lines.push(line);
    start = end + 1;
  }
  return lines;
}

/**
 * Adds payloads to the queue, once the item of the context is done.
 *
 * @throws RequestError 400: an item has no such key; 413: more than one item may add
 */
export function addItems({ add }: Pick<ItemContext, 'add'>, payloads: readonly Buffer[], adding: Adding): void {
  const { key, front = false } = adding;
  const keys = key === undefined ? undefined : new Map(payloads.map((each, i) => [each, keyOf(each, key, i)]));
  try {
    add(payloads, { front, ...(keys && { key: (payload: Buffer) => keys.get(payload) as string }) });
  } catch (error) {
    const status = error instanceof RangeError ? 413 : 400;
    throw new RequestError(status, `${textOf(error).replace(/^\w+Error: /, '')}. Nothing was added`);
  }
}

function keyOf(payload: Buffer, field: string, index: number): string {
  const text = payload.toString();
  if (field === WHOLE) return text;
  let item: unknown;
  try {
    item = JSON.parse(text);
  } catch {
    // It has no fields.
  }
  const isObject = typeof item === 'object' && item !== null && Object.hasOwn(item, field);
  const value = isObject ? (item as Record<string, unknown>)[field] : undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new RequestError(
    400,
    `item ${index} has no text or number in the field ${JSON.stringify(field)}, which is its key; give ?key=FIELD with a field that each item has, or ?key=. for the whole item. Nothing was added`,
  );
}
