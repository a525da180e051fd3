/** How many workers a Job is to have, and why. */
export interface Plan {
  readonly workers: number;
  /** What a reader should know of it, after the numbers of workers. */
  readonly sentences: readonly string[];
  /** What the numbers rest on, a line each. */
  readonly notes: readonly string[];
  /** The same for `--json`. */
  readonly figures: Readonly<Record<string, unknown>>;
}
