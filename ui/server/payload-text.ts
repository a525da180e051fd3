/** Characters of a payload that are shown. */
const SHOWN = 2_000;

/** A payload, or the first bytes of one, as the page shows it. */
export interface PayloadText {
  /** Cut in the middle where it is long. */
  readonly text: string;
  /** Of the whole payload. */
  readonly bytes: number;
  /** It is not UTF-8, and `text` is hexadecimal. */
  readonly binary?: true;
}

/** @param bytes of the whole payload, where only its first bytes are given */
export function payloadText(payload: Uint8Array, bytes = payload.length, shown = SHOWN): PayloadText {
  const isCut = bytes > payload.length;
  const text = decode(isCut ? withoutCutCharacter(payload) : payload);
  if (text !== undefined) return { text: isCut ? `${middle(text, shown)}…` : middle(text, shown), bytes };
  // Two characters a byte, of both ends alone: a payload may have many megabytes.
  const half = Math.floor(shown / 4);
  const hex = (part: Uint8Array) => Buffer.from(part).toString('hex');
  const whole = payload.length <= 2 * half;
  const ends = whole ? hex(payload) : `${hex(payload.subarray(0, half))}…${hex(payload.subarray(-half))}`;
  return { text: isCut ? `${ends}…` : ends, bytes, binary: true };
}

/** Text without its middle, where it has more characters than that. */
export function middle(text: string, shown = SHOWN): string {
  if (text.length <= shown) return text;
  const half = Math.floor((shown - 1) / 2);
  // No half of a pair of surrogates.
  const head = text.slice(0, half).replace(/[\ud800-\udbff]$/, '');
  const tail = text.slice(-half).replace(/^[\udc00-\udfff]/, '');
  return `${head}…${tail}`;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Without the bytes at its end that begin a character and do not end it. */
function withoutCutCharacter(bytes: Uint8Array): Uint8Array {
  for (let cut = 1; cut <= Math.min(3, bytes.length); cut++) {
    const lead = bytes[bytes.length - cut] as number;
    if ((lead & 0xc0) === 0x80) continue;
    const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return needed > cut ? bytes.subarray(0, bytes.length - cut) : bytes;
  }
  return bytes;
}
