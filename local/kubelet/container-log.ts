/** A line that does not come within this time never will; far more than any needs, also on a machine with much to do. */
const PATIENCE = 240_000;

/** What a container has written, line by line, in the order in which the lines came. */
export class ContainerLog {
  readonly lines: string[] = [];
  private readonly watchers = new Set<() => void>();
  private closed = false;

  /** @param name stands in errors */
  constructor(private readonly name: string) {}

  add(line: string): void {
    this.lines.push(line);
    this.notify();
  }

  /** No more lines will come. */
  close(): void {
    this.closed = true;
    this.notify();
  }

  /** All lines as one text. */
  get text(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }

  /** How many lines have this text in them so far. */
  count(text: string): number {
    return this.lines.filter((line) => line.includes(text)).length;
  }

  /** Every `capture` group that the pattern finds in its lines. */
  all(pattern: RegExp): string[] {
    return this.lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  }

  /** The first line that matches, or has this text in it, now or later. */
  line(wanted: string | RegExp): Promise<string> {
    const matches = (line: string) => (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line));
    return this.until(`a line with ${wanted}`, () => this.lines.find(matches));
  }

  /** Resolves with what `find` finds, which is asked again with every line. */
  until<T>(what: string, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found !== undefined) end(() => resolve(found));
        else if (this.closed) end(() => reject(new Error(`${this.name} ended without ${what}:\n${this.text}`)));
      };
      const tooLate = () =>
        reject(new Error(`${this.name} has not shown ${what} within ${PATIENCE / 1_000} s:\n${this.text}`));
      const timer = setTimeout(() => end(tooLate), PATIENCE);
      const end = (finish: () => void) => {
        clearTimeout(timer);
        this.watchers.delete(look);
        finish();
      };
      this.watchers.add(look);
      look();
    });
  }

  private notify(): void {
    for (const look of [...this.watchers]) look();
  }
}
