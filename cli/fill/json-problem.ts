import { visible } from '../text';

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings hold none
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y;

/** Where a text stops being JSON, from 0, with what is wrong there; undefined where it is JSON. */
export function jsonProblem(text: string): { readonly at: number; readonly what: string } | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const at = new Reader(text).end();
    const [found] = text.slice(at);
    return { at, what: found === undefined ? 'it ends too early' : `unexpected '${visible(found)}'` };
  }
}

/** Reads JSON for as long as it is, without keeping it; what is open stands in a stack, so depth costs no stack of calls. */
class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  /** Where reading ended. */
  end(): number {
    const open: ('[' | '{')[] = [];
    for (;;) {
      this.skip(SPACE);
      const next = this.text[this.at];
      if (next === '[' || next === '{') {
        this.at++;
        this.skip(SPACE);
        if (this.text[this.at] !== (next === '[' ? ']' : '}')) {
          open.push(next);
          if (next === '{' && !this.key()) return this.at;
          continue;
        }
        this.at++;
      } else if (!(next === '"' ? this.string() : this.skip(SCALAR))) return this.at;
      // A value is over, and with it all that it is the last of.
      for (;;) {
        this.skip(SPACE);
        const within = open.at(-1);
        const sign = this.text[this.at];
        if (within === undefined) return this.at;
        if (sign === (within === '[' ? ']' : '}')) {
          this.at++;
          open.pop();
        } else if (sign === ',') {
          this.at++;
          if (within === '{' && !this.key()) return this.at;
          break;
        } else return this.at;
      }
    }
  }

  private key(): boolean {
    this.skip(SPACE);
    if (!this.string()) return false;
    this.skip(SPACE);
    if (this.text[this.at] !== ':') return false;
    this.at++;
    return true;
  }

  /** Ends behind the closing quote, or at what may not be in a string. */
  private string(): boolean {
    if (!this.skip(TEXT) || this.text[this.at] !== '"') return false;
    this.at++;
    return true;
  }

  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }
}
