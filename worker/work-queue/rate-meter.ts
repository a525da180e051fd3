/** How fast a count rises: over the last seconds, and between two looks. */
export class RateMeter {
  private readonly samples: { readonly at: number; readonly value: number }[] = [];
  /** Rate between each two neighbouring looks, oldest first. */
  readonly history: number[] = [];

  /** @param span seconds that {@link rate} looks back */
  constructor(
    private readonly span = 10,
    private readonly kept = 500,
  ) {}

  /** @param at seconds, on any clock that only rises */
  add(value: number, at: number): void {
    const last = this.samples.at(-1);
    if (last && at <= last.at) return;
    if (last) this.history.push(Math.max(0, value - last.value) / (at - last.at));
    if (this.history.length > this.kept) this.history.shift();
    // A purged queue begins anew.
    if (last && value < last.value) this.samples.length = 0;
    this.samples.push({ at, value });
    while (this.samples.length > 2 && at - this.samples[1]!.at >= this.span) this.samples.shift();
  }

  /** Of what was seen so far, lets only the last look count for {@link rate}. */
  forget(): void {
    this.samples.splice(0, this.samples.length - 1);
  }

  /** What the last seconds saw. */
  get window(): { readonly items: number; readonly seconds: number } {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    return first && last ? { items: last.value - first.value, seconds: last.at - first.at } : { items: 0, seconds: 0 };
  }

  /** Per second; 0 until there were two looks. */
  get rate(): number {
    const { items, seconds } = this.window;
    return seconds > 0 ? items / seconds : 0;
  }
}
