/** Text on one line. Characters that move the cursor or change the screen are escaped. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, spelled);
}

/** Text on one line. Only line breaks are escaped, so that colours stay. */
export function withoutLineBreaks(text: string): string {
  return text.replace(/[\n\v\f\r\u0085\u2028\u2029]/g, spelled);
}

/** A character that cannot be seen, as JSON writes it. */
export function spelled(character: string): string {
  const known = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return known ?? units.map((hex) => `\\u${hex}`).join('');
}
