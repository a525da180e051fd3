import { isUtf8 } from 'node:buffer';

/** Characters of a payload that are shown. */
const SHOWN = 2_000;
/** Bytes of a character. */
const WIDEST = 4;

/** A payload, or the first bytes of one, as the page shows it. */
export interface PayloadText {
  /** Cut in the middle where it is long. */
  readonly text: string;
  /** Of the whole payload. */
  readonly bytes: number;
  /** It is not UTF-8, and `text` is hexadecimal. */
  readonly binary?: true;
}

/** @param bytes of the whole payload, where only its first ones are given */
export function payloadText(payload: Uint8Array, bytes = payload.length): PayloadText {
  const isCut = bytes > payload.length;
  const whole = isCut ? withoutCutCharacter(payload) : payload;
  const rest = isCut ? '…' : '';
  if (isUtf8(whole)) return { text: textOf(whole) + rest, bytes };
  return { text: hexOf(payload) + rest, bytes, binary: true };
}

/** Text without its middle, where it has more characters than that. */
export function middle(text: string, shown = SHOWN): string {
  if (text.length <= shown) return text;
  return headAndTail(text, text, Math.floor((shown - 1) / 2));
}

/** Of a payload of many megabytes, both ends alone are read. */
function textOf(payload: Uint8Array): string {
  const end = WIDEST * SHOWN;
  if (payload.length <= 2 * end) return middle(decode(payload));
  const tail = payload.subarray(-end);
  let from = 0;
  while (isContinuation(tail[from])) from++;
  const head = withoutCutCharacter(payload.subarray(0, end));
  return headAndTail(decode(head), decode(tail.subarray(from)), Math.floor((SHOWN - 1) / 2));
}

function hexOf(payload: Uint8Array): string {
  const hex = (part: Uint8Array) => Buffer.from(part).toString('hex');
  const half = SHOWN / 4;
  return payload.length <= 2 * half
    ? hex(payload)
    : `${hex(payload.subarray(0, half))}…${hex(payload.subarray(-half))}`;
}

function headAndTail(head: string, tail: string, half: number): string {
  // No half of a pair of surrogates.
  return `${head.slice(0, half).replace(/[\ud800-\udbff]$/, '')}…${tail.slice(-half).replace(/^[\udc00-\udfff]/, '')}`;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** Without the bytes at its end that begin a character and do not end it. */
function withoutCutCharacter(bytes: Uint8Array): Uint8Array {
  for (let cut = 1; cut <= Math.min(WIDEST - 1, bytes.length); cut++) {
    const lead = bytes[bytes.length - cut] as number;
    if (isContinuation(lead)) continue;
    const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return needed > cut ? bytes.subarray(0, bytes.length - cut) : bytes;
  }
  return bytes;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
