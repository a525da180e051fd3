/** Looks for a program that holds nothing and asks for nothing. */
export class Silence {
  private heardAt: number;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param patience for how long it may, in ms
   * @param isBusy whether it holds something, or waits
   */
  constructor(
    private readonly patience: number,
    private readonly isBusy: () => boolean,
    private readonly tell: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.heardAt = now();
  }

  begin(): void {
    const every = Math.max(10, Math.min(1_000, this.patience / 10));
    this.timer = setInterval(() => this.look(), every);
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** It calls, or has got its answer. */
  readonly heard = (): void => {
    this.heardAt = this.now();
  };

  look(): void {
    if (this.isBusy()) this.heard();
    else if (this.now() - this.heardAt >= this.patience) {
      this.end();
      this.tell();
    }
  }
}
