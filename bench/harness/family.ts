import type { Findings } from './report';
import type { Store } from './store';

/** What a family of benchmarks is run with. */
export interface Bench {
  readonly store: Store;
  /** Tiny amounts, one run each: shows that it works, and nothing else. */
  readonly quick: boolean;
  /** Runs of each contender. */
  readonly runs: number;
  /** Tells people what is going on. */
  say(line: string): void;
}

/** Some benchmarks that belong together. */
export interface Family {
  /** For `--only`. */
  readonly name: string;
  readonly about: string;
  /** It needs what bench/package.json installs. */
  readonly withPeers: boolean;
  run(bench: Bench): Promise<Findings>;
}
