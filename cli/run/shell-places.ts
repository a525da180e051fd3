/** Where in a line of shell a place for an item stands: bare, or within quotes of either kind. */
export type Place = 'bare' | 'double' | 'single';

/** What is open where a character stands, from the outside in; the line itself is bare. */
type Open = 'double' | 'single' | 'paren' | 'tick';

/**
 * A line of shell in which each `{}` is replaced, as it has to be where it stands. Of a line that is read wrongly (a here
 * document, a pattern of `case` in a command substitution), places are taken for others.
 */
export function replacePlaces(line: string, replace: (place: Place) => string): string {
  const open: Open[] = [];
  let replaced = '';
  for (let at = 0; at < line.length; at++) {
    const character = line[at] as string;
    const inner = open.at(-1);
    const place = inner === 'double' || inner === 'single' ? inner : 'bare';
    if (line.startsWith('{}', at)) {
      replaced += replace(place);
      at++;
      continue;
    }
    replaced += character;
    if (place === 'single') {
      if (character === "'") open.pop();
    } else if (character === '\\') {
      replaced += line[++at] ?? '';
    } else if (character === '"') {
      if (place === 'double') open.pop();
      else open.push('double');
    } else if (character === '`') {
      const ends = open.lastIndexOf('tick');
      if (ends >= 0) open.length = ends;
      else open.push('tick');
    } else if (character === '(' && (place === 'bare' || line[at - 1] === '$')) {
      open.push('paren');
    } else if (place === 'bare' && character === ')') {
      if (inner === 'paren') open.pop();
    } else if (place === 'bare' && character === "'") {
      open.push('single');
    } else if (place === 'bare' && character === '#' && /^$|[\s;&|()]/.test(line[at - 1] ?? '')) {
      const end = line.indexOf('\n', at);
      const comment = line.slice(at + 1, end < 0 ? line.length : end);
      replaced += comment;
      at += comment.length;
    }
  }
  return replaced;
}
