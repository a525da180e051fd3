import { basename } from 'node:path';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What a process has written to standard output, as the result of its item: JSON where it is some, else text without its last
 * line break.
 *
 * @throws Error it is not UTF-8
 */
export function resultOf(program: string, stdout: Buffer): unknown {
  const text = textOf(program, stdout);
  try {
    const value = JSON.parse(text);
    // A number that JavaScript would round stays text.
    if (typeof value !== 'number' || String(value) === text.trim()) return value;
  } catch {
    // Text.
  }
  return text.replace(/\r?\n$/, '');
}

function textOf(program: string, stdout: Buffer): string {
  try {
    return decoder.decode(stdout);
  } catch {
    throw Object.assign(
      new Error(
        `${basename(program)} wrote something else than UTF-8 to standard output, and a result is text or JSON; write base64, or store it elsewhere and print its address`,
      ),
      { stack: '' },
    );
  }
}
