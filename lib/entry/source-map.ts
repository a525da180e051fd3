/** A source map, version 3. */
interface SourceMap {
  readonly sources: readonly (string | null)[];
  readonly names: readonly string[];
  readonly mappings: string;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Character code → digit. */
const DIGIT_OF = Uint8Array.from({ length: 128 }, (_, code) => DIGITS.indexOf(String.fromCharCode(code)));

/**
 * Adds the numbers of a segment to those before, and says how many there were. They are in base64 VLQ: five bits a digit,
 * lowest first; the sign is the lowest bit of all.
 */
function addNumbers(segment: string, before: Int32Array): number {
  let count = 0;
  let value = 0;
  let shift = 0;
  for (let i = 0; i < segment.length; i++) {
    const digit = DIGIT_OF[segment.charCodeAt(i)]!;
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    before[count]! += value & 1 ? -(value >>> 1) : value >>> 1;
    count++;
    value = 0;
    shift = 0;
  }
  return count;
}

/** A segment of these numbers, which are written as the difference to those before and then take their place. */
function writeNumbers(numbers: readonly number[], before: Int32Array): string {
  let segment = '';
  for (let i = 0; i < numbers.length; i++) {
    const difference = numbers[i]! - before[i]!;
    let rest = difference < 0 ? (-difference << 1) | 1 : difference << 1;
    do {
      const digit = rest & 31;
      rest >>>= 5;
      segment += DIGITS[rest > 0 ? digit | 32 : digit];
    } while (rest > 0);
    before[i] = numbers[i]!;
  }
  return segment;
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
 * A source map without the files of packages, which are most of it, and which users do not debug.
 *
 * Where such code begins, one segment says that what follows has no source.
 *
 * @param nameOf what a source is called
 */
export function withoutPackages(text: string, nameOf = (source: string) => source): string {
  const map: SourceMap = JSON.parse(text);
  const isOwn = map.sources.map((source) => source !== null && !/(?:^|\/)node_modules\//.test(source));
  const sources = new Numbering();
  const names = new Numbering();
  // Column; source, line and column in it; name. The column starts anew in each line.
  const read = new Int32Array(5);
  const written = new Int32Array(5);
  let mapped = false;

  const lines = map.mappings.split(';').map((line) => {
    read[0] = 0;
    written[0] = 0;
    const segments: string[] = [];
    for (const segment of line === '' ? [] : line.split(',')) {
      const count = addNumbers(segment, read);
      const own = count > 1 && isOwn[read[1]!] === true;
      if (!own && !mapped) continue;
      mapped = own;
      const next = [read[0]!];
      if (own) next.push(sources.of(read[1]!), read[2]!, read[3]!);
      if (own && count > 4) next.push(names.of(read[4]!));
      segments.push(writeNumbers(next, written));
    }
    return segments.join(',');
  });

  return JSON.stringify({
    version: 3,
    sources: sources.chosen.map((index) => nameOf(map.sources[index] as string)),
    names: names.chosen.map((index) => map.names[index]),
    mappings: lines.join(';').replace(/;+$/, ''),
  });
}
