/** The most that Linux takes in one argument or variable, in bytes, with the zero byte that ends it. */
export const STRING_BYTES = 131_072;

/** A payload as text, or why it is none that an argument or a variable could hold. */
export type PayloadText = { readonly text: string } | { readonly problem: string };

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a payload as text without a zero byte. */
export function payloadText(payload: Uint8Array): PayloadText {
  if (payload.includes(0)) return { problem: 'it has a zero byte' };
  try {
    return { text: decoder.decode(payload) };
  } catch {
    return { problem: 'it is not UTF-8' };
  }
}

/** Why a word cannot be an argument, if it cannot. */
export function wordProblem(word: string): string | undefined {
  const bytes = Buffer.byteLength(word) + 1;
  return bytes <= STRING_BYTES
    ? undefined
    : `with it, a word has ${bytes - 1} bytes, and the kernel takes ${STRING_BYTES - 1} in one`;
}
