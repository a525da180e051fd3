/** A source map, version 3. */
interface SourceMap {
  readonly sources: readonly (string | null)[];
  readonly names: readonly string[];
  readonly mappings: string;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The numbers of a segment, in base64 VLQ: five bits a digit, lowest first; the sign is the lowest bit of all. */
function decode(segment: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const char of segment) {
    const digit = DIGITS.indexOf(char);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value % 2 === 1 ? -(value - 1) / 2 : value / 2);
    value = 0;
    shift = 0;
  }
  return numbers;
}

function encode(numbers: readonly number[]): string {
  let text = '';
  for (const number of numbers) {
    let rest = number < 0 ? -number * 2 + 1 : number * 2;
    do {
      const digit = rest % 32;
      rest = (rest - digit) / 32;
      text += DIGITS[rest > 0 ? digit + 32 : digit];
    } while (rest > 0);
  }
  return text;
}

/** Numbers things in the order in which they are asked for. */
class Numbering {
  readonly chosen: number[] = [];
  private readonly numbers = new Map<number, number>();

  of(original: number): number {
    const known = this.numbers.get(original);
    if (known !== undefined) return known;
    this.numbers.set(original, this.chosen.length);
    return this.chosen.push(original) - 1;
  }
}

/**
 * A source map without the files of packages, which are most of it and nobody's to debug.
 *
 * Where such code begins, one segment says that what follows has no source.
 */
export function withoutPackages(text: string): string {
  const map: SourceMap = JSON.parse(text);
  const isOwn = map.sources.map((source) => source !== null && !/(?:^|\/)node_modules\//.test(source));
  const sources = new Numbering();
  const names = new Numbering();
  // Numbers are relative to those of the segment before; the column starts anew in each line.
  const read = [0, 0, 0, 0];
  let written = [0, 0, 0, 0];
  let mapped = false;

  const lines = map.mappings.split(';').map((line) => {
    let column = 0;
    let columnWritten = 0;
    const segments: string[] = [];
    for (const segment of line === '' ? [] : line.split(',')) {
      const [step, ...steps] = decode(segment) as [number, ...number[]];
      column += step;
      steps.forEach((each, i) => {
        read[i] = (read[i] as number) + each;
      });
      const [source = 0, sourceLine = 0, sourceColumn = 0, name = 0] = read;
      const own = steps.length > 0 && isOwn[source];
      if (!own && !mapped) continue;
      mapped = own === true;
      const fields: number[] = [];
      if (own) {
        const next = [sources.of(source), sourceLine, sourceColumn, steps.length > 3 ? names.of(name) : written[3]!];
        fields.push(...next.map((value, i) => value - written[i]!).slice(0, steps.length));
        written = next;
      }
      segments.push(encode([column - columnWritten, ...fields]));
      columnWritten = column;
    }
    return segments.join(',');
  });

  return JSON.stringify({
    version: 3,
    sources: sources.chosen.map((index) => map.sources[index]),
    names: names.chosen.map((index) => map.names[index]),
    mappings: lines.join(';').replace(/;+$/, ''),
  });
}
