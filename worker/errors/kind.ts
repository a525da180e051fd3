/** The most that a kind has, in characters. */
const MOST = 200;
/** Characters of a text that are looked at. */
const LOOKED_AT = 4_000;
/** What stands in place of what differs from one failure to the next. */
const ANY = '…';

const OPENING: Readonly<Record<string, string>> = { '"': '"', "'": "'", '`': '`', '“': '”', '‘': '’', '«': '»' };

/** Numbers behind these words say where something is, or which one, however small they are. */
const PLACES =
  /(?:^|[^A-Za-z])(?:position|line|column|col|row|item|items|index|offset|byte|id|record|page|chunk|part|shard)s?(?: |=|: ?| ?#)$/i;
/** Numbers behind these words say what went wrong, however large they are. */
const CODES = /(?:^|[^A-Za-z])(?:HTTP|status|code|errno|exit|SQLSTATE)(?: |=|: ?)$/i;

/** Each is bounded in what it reads, and begins at a digit or a hexadecimal one. */
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9A-Za-z])/iy;
const DATE =
  /\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?)?(?!\d)/y;
const TIME = /\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?[AP]M)?(?![\d:])/iy;
const LASTED =
  /\d{1,15}(?:[.,]\d{1,15})?(?= ?(?:ns|us|µs|ms|msec|s|sec|secs|second|seconds|min|mins|minute|minutes|h|hours?|millis|milliseconds)(?![0-9A-Za-z]))/y;
const IPV4 = /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?(?![\d.]*\d)/y;
const IPV6 =
  /\[?[0-9a-f]{0,4}:(?:[0-9a-f]{0,4}:){1,6}(?:[0-9a-f]{1,5}|\d{1,3}(?:\.\d{1,3}){3})?(?:%\w{1,16})?(?:\](?::\d{1,5})?)?(?![0-9A-Za-z:])/iy;
const GROUPED = /\d{1,3}(?:[,_’']\d{3}){1,8}(?!\d)/y;
const SCHEME = /[a-z][a-z0-9+.-]{1,20}:\/\//iy;
/** A place in a file. */
const LINE_AND_COLUMN = /:\d{1,9}:\d{1,9}(?!\d)/y;
const RUN = /[0-9A-Za-z]+/y;

/**
 * What equal failures have in common: the beginning of the text of an error, on one line, where `…` stands for what differs
 * between items. These are UUIDs and other random names, hexadecimal numbers of eight digits and more, numbers of four and
 * more, places (`line 3`), times, how long something took, addresses with their ports, paths and queries of URLs, and what is
 * quoted.
 *
 * @example
 * kindOf('Error: HTTP 503 for https://example.com/1'); // 'Error: HTTP 503 for https://example.com/…'
 */
export function kindOf(text: string): string {
  const kind = new Scanner(text.slice(0, LOOKED_AT)).scan();
  return kind.length > MOST ? `${whole(kind.slice(0, MOST - 1))}${ANY}` : kind;
}

/** Goes over a text once; nothing is looked at more often than a fixed number of times. */
class Scanner {
  private at = 0;
  private kind = '';
  /** Where the next closing quote of each sort is, from the last place on from which one was looked for. */
  private readonly closing = new Map<string, number>();

  constructor(private readonly text: string) {}

  scan(): string {
    const { text } = this;
    while (this.at < text.length && this.kind.length <= MOST) {
      const character = text[this.at] as string;
      const isInRun = isAlphanumeric(text[this.at - 1]);
      if (/\s/.test(character) || isControl(character)) this.space();
      else if (character in OPENING && !isInRun && this.quoted(character)) continue;
      else if (this.place() || (!isInRun && this.address())) continue;
      else if (isAlphanumeric(character)) this.run(isInRun);
      else this.copy(1);
    }
    return this.kind.trimEnd();
  }

  private copy(length: number): void {
    this.kind += this.text.slice(this.at, this.at + length);
    this.at += length;
  }

  private space(): void {
    if (this.kind !== '' && !this.kind.endsWith(' ')) this.kind += ' ';
    this.at++;
  }

  /** Leaves out so many characters. */
  private skip(length: number): true {
    if (!this.kind.endsWith(ANY)) this.kind += ANY;
    this.at += length;
    return true;
  }

  private lengthOf(pattern: RegExp): number {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0].length ?? 0;
  }

  private quoted(quote: string): boolean {
    const end = this.closingAfter(quote);
    if (end < 0) return false;
    this.kind += quote;
    this.skip(end - this.at);
    this.copy(1);
    return true;
  }

  /** Where a text that is quoted from here on ends: an apostrophe within a word ends none, nor does what is escaped. */
  private closingAfter(quote: string): number {
    const { text } = this;
    const close = OPENING[quote] as string;
    let end = this.closing.get(close) ?? 0;
    if (end < 0 || end > this.at) return end;
    end = this.at;
    do {
      end = text.indexOf(close, end + 1);
    } while (end >= 0 && (text[end - 1] === '\\' || isAlphanumeric(text[end + 1])));
    this.closing.set(close, end);
    return end;
  }

  private address(): boolean {
    const first = this.text[this.at] as string;
    if (/[a-z]/i.test(first)) {
      const scheme = this.lengthOf(SCHEME);
      if (scheme > 0) return this.url(scheme);
    }
    const length =
      (/\d/.test(first) ? this.firstOf(UUID, DATE, IPV4, TIME, IPV6, GROUPED, LASTED) : 0) ||
      (/[a-f:[]/i.test(first) ? this.firstOf(UUID, IPV6) : 0);
    return length > 0 && this.skip(length);
  }

  private firstOf(...patterns: readonly RegExp[]): number {
    for (const pattern of patterns) {
      const length = this.lengthOf(pattern);
      if (length > 0) return length;
    }
    return 0;
  }

  private place(): boolean {
    const length = this.lengthOf(LINE_AND_COLUMN);
    if (length === 0) return false;
    this.copy(1);
    return this.skip(length - 1);
  }

  /** The host stays. */
  private url(scheme: number): boolean {
    const { text } = this;
    let end = this.at + scheme;
    while (end < text.length && !/[\s"'`<>“”‘’«»|\\^{}]/.test(text[end] as string)) end++;
    const start = this.at + scheme;
    // What ends a sentence ends no address, nor does the bracket that it stands in.
    const ends = text.slice(start, end).includes('(') ? /[.,:;!?]/ : /[.,:;!?)\]]/;
    while (end > start && ends.test(text[end - 1] as string)) end--;
    let host = start;
    while (host < end && !/[/?#]/.test(text[host] as string)) host++;
    const user = text.lastIndexOf('@', host - 1);
    this.copy(scheme);
    if (user >= start) this.skip(user - start);
    while (this.at < host) {
      const step = this.lengthOf(IPV4) || this.lengthOf(IPV6);
      if (step > 0) this.skip(step);
      else if (isAlphanumeric(text[this.at])) this.run(false);
      else this.copy(1);
    }
    if (this.at < end) {
      this.kind += '/';
      this.skip(end - this.at);
    }
    return true;
  }

  /** Letters and digits in a row. */
  private run(isWithin: boolean): void {
    const length = this.lengthOf(RUN);
    const run = this.text.slice(this.at, this.at + length);
    const before = this.kind.slice(-20);
    const isCode = /^\d/.test(run) && !isWithin && CODES.test(before);
    if (!isCode && (isHexadecimal(run) || isRandom(run))) this.skip(length);
    else if (/^\d{1,3}$/.test(run) && PLACES.test(before)) this.skip(length);
    else {
      this.kind += isCode ? run : run.replace(/\d{4,}/g, ANY);
      this.at += length;
    }
  }
}

function isAlphanumeric(character: string | undefined): boolean {
  return character !== undefined && /[0-9A-Za-z]/.test(character);
}

function isHexadecimal(run: string): boolean {
  return /^(?:0x)?[0-9a-f]{8,}$/i.test(run) && /\d/.test(run);
}

/** A long name that nobody made up: letters and digits take turns in it. */
function isRandom(run: string): boolean {
  return run.length >= 16 && (run.match(/[A-Za-z]\d|\d[A-Za-z]/g) ?? []).length >= 3;
}

function isControl(character: string): boolean {
  return character < ' ' || (character >= '\u007f' && character < '\u00a0');
}

/** Without half a character at the end. */
function whole(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
