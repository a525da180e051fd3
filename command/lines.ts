import { StringDecoder } from 'node:string_decoder';

/** Longer lines are told in pieces, in characters. */
const LONGEST = 8_192;

/** Takes what a process writes, and tells each line of it, as a terminal would show it in the end. */
export class Lines {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  constructor(private readonly tell: (line: string) => void) {}

  write(chunk: Buffer): void {
    this.take(this.decoder.write(chunk));
  }

  /** Nothing more comes. */
  end(): void {
    this.take(this.decoder.end());
    if (this.rest !== '') this.say(this.rest);
    this.rest = '';
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.say(line);
    while (this.rest.length > LONGEST) {
      const shown = this.rest.lastIndexOf('\r', this.rest.length - 2);
      if (shown < 0) this.say(this.rest.slice(0, LONGEST));
      this.rest = this.rest.slice(shown < 0 ? LONGEST : shown + 1);
    }
  }

  private say(line: string): void {
    // A progress bar writes over itself.
    const shown = line.replace(/\r+$/, '');
    let text = shown.slice(shown.lastIndexOf('\r') + 1);
    for (; text.length > LONGEST; text = text.slice(LONGEST)) this.tell(text.slice(0, LONGEST));
    this.tell(text);
  }
}
