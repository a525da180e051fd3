import { oneLine, spelled } from '../../worker/log';

/** A payload for JSON, exact: as text where it is UTF-8, else as base64. */
export function payloadFields(payload: Uint8Array): { payload: string } | { payloadBase64: string } {
  const text = utf8(payload);
  return text === undefined ? { payloadBase64: Buffer.from(payload).toString('base64') } : { payload: text };
}

/** A payload, or the beginning of one, on one line for people. */
export function payloadLine(payload: Uint8Array, length = payload.length): string {
  const text = utf8(length > payload.length ? wholeCharacters(payload) : payload);
  if (text !== undefined) return oneLine(text) + (length > payload.length ? '…' : '');
  const hex = Buffer.from(payload.subarray(0, 16)).toString('hex');
  return `<${length} bytes: ${hex}${length > 16 ? '…' : ''}>`;
}

/** A whole payload on one line; in hex where it is no UTF-8. */
export function wholePayloadLine(payload: Uint8Array): string {
  const text = utf8(payload);
  return text === undefined ? `<${payload.length} bytes: ${Buffer.from(payload).toString('hex')}>` : oneLine(text);
}

/** A payload on one line of a terminal; of one that is much longer than that, both ends, of at least so many characters. */
export function payloadEndsLine(payload: Uint8Array, characters: number): string {
  const bytes = 4 * characters;
  if (payload.length <= 2 * bytes) return payloadLine(payload);
  const ends = [wholeCharacters(payload.subarray(0, bytes)), fromCharacter(payload.subarray(-bytes))].map(utf8);
  return ends.includes(undefined) ? payloadLine(payload) : ends.map((end) => oneLine(end as string)).join('…');
}

/** Text on one line, in which what cannot be seen is spelled out as well: byte order marks, spaces of no width. */
export function visible(text: string): string {
  return oneLine(text).replace(/[\p{Cf}\p{Co}\p{Cn}\p{Zs}]/gu, (character) =>
    character === ' ' ? ' ' : spelled(character),
  );
}

/** Text of several lines; line breaks and tabs stay. */
export function severalLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\t').map(oneLine).join('\t'))
    .join('\n');
}

export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Without the character that the end of `bytes` cuts through. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  for (let cut = 1; cut <= Math.min(3, bytes.length); cut++) {
    const lead = bytes[bytes.length - cut] as number;
    if ((lead & 0xc0) === 0x80) continue;
    const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return needed > cut ? bytes.subarray(0, bytes.length - cut) : bytes;
  }
  return bytes;
}

/** Without the rest of a character that the beginning of `bytes` cuts through. */
function fromCharacter(bytes: Uint8Array): Uint8Array {
  let from = 0;
  while (from < 3 && ((bytes[from] ?? 0) & 0xc0) === 0x80) from++;
  return bytes.subarray(from);
}
