const FILLER = 'the quick brown fox jumps over the lazy dog, and so it goes on until the line is full, to the end';

/** The payload of an item: its number, and filler up to 30 to 100 bytes. */
export function payloadOf(item: number): string {
  return `${String(item).padStart(9, '0')}:${FILLER.slice(0, 20 + ((item * 7919) % 71))}`;
}

/** The number in a payload. */
export function itemOf(payload: string): number {
  let item = 0;
  for (let i = 0; i < 9; i++) item = item * 10 + payload.charCodeAt(i) - 48;
  return item;
}

/** The payloads of a range of items. */
export function* payloads(from: number, to: number): Generator<string> {
  for (let item = from; item < to; item++) yield payloadOf(item);
}

/** Bytes of the payloads of so many items, on average. */
export function meanBytes(items: number): number {
  let bytes = 0;
  for (const payload of payloads(0, items)) bytes += payload.length;
  return bytes / items;
}
