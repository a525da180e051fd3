import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Said where there can be none. */
export const NO_MOVABLE_CLOCK = 'libfaketime is not here (apt-get install libfaketime)';

/**
 * A wall clock that can be set while processes run by it, such as Redis servers: their time of day jumps, and timers that
 * go by a monotonic clock do not notice. It needs libfaketime.
 */
export class MovableClock {
  private aheadMs = 0;
  private readonly file: string;

  /** Starts with the right time. `dir` takes its file. */
  constructor(
    dir: string,
    private readonly faketime = findFaketime(),
  ) {
    if (!faketime) throw new Error(NO_MOVABLE_CLOCK);
    this.file = join(dir, 'clock');
    this.step(0);
  }

  /** Whether there can be one on this machine. */
  static get available(): boolean {
    return findFaketime() !== undefined;
  }

  /** How far it is ahead of the machine's, in ms; below 0, it is behind. */
  get ahead(): number {
    return this.aheadMs;
  }

  /** What a process that runs by this clock has in its environment. */
  get env(): Record<string, string> {
    return {
      // The C library once more: its malloc needs no time to start, and jemalloc's asks for it before there is any.
      LD_PRELOAD: `${this.faketime}:libc.so.6`,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** Sets it forward by so many ms, or back. */
  step(ms: number): void {
    this.aheadMs += ms;
    const seconds = (this.aheadMs / 1_000).toFixed(3);
    // In one piece: it is read all the time.
    writeFileSync(`${this.file}.new`, `${this.aheadMs < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${this.file}.new`, this.file);
  }
}

/** Where Debian and Fedora put it, for any processor. */
function findFaketime(): string | undefined {
  const lib = '/usr/lib';
  const folders = existsSync(lib) ? readdirSync(lib).filter((name) => name.endsWith('-linux-gnu')) : [];
  return [...folders.map((name) => join(lib, name)), '/usr/lib64']
    .map((folder) => join(folder, 'faketime/libfaketimeMT.so.1'))
    .find((file) => existsSync(file));
}
