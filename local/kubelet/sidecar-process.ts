import type { ContainerProcess } from './container-process';

/** A kubelet waits for 10 s before the second restart, and longer before later ones; here things go faster. In ms. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 1_000;

/** A sidecar: a container that starts again wherever it ends, at once and then after a pause that doubles, until it is told to end. */
export class SidecarProcess {
  private readonly over: Promise<number>;
  private current: ContainerProcess | undefined;
  private isLast = false;
  private wake: () => void = () => {};

  /** @param start starts the container once */
  constructor(start: () => ContainerProcess) {
    this.current = start();
    this.over = this.run(this.current, start);
  }

  /** How often it was started again. */
  restarts = 0;

  /** From now on it does not start again. */
  startNoMore(): void {
    this.isLast = true;
    this.wake();
  }

  /** Signals each of its processes. */
  killAll(signal: NodeJS.Signals): void {
    this.current?.killAll(signal);
  }

  /**
   * Ends it with SIGTERM, and with SIGKILL where it still runs after the grace period.
   *
   * @returns its last exit code
   */
  async end(graceMs: number): Promise<number> {
    this.startNoMore();
    this.killAll('SIGTERM');
    const timer = setTimeout(() => this.killAll('SIGKILL'), graceMs);
    const code = await this.over;
    clearTimeout(timer);
    return code;
  }

  private async run(first: ContainerProcess, start: () => ContainerProcess): Promise<number> {
    let code = await first.exitCode;
    for (let pause = 0; !this.isLast; pause = Math.min(LONGEST_PAUSE, pause * 2 || FIRST_PAUSE)) {
      if (pause > 0) await this.sleep(pause);
      if (this.isLast) break;
      this.restarts++;
      this.current = start();
      code = await this.current.exitCode;
    }
    return code;
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
