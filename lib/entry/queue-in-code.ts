/** A queue that a program works on, as its code has it. */
export interface QueueInCode {
  readonly name: string;
  /** What its items are: `text`, `json` or `bytes`. */
  readonly payload: string;
  /** Its schema, as the code writes it; none where it is not written out, or there is none. */
  readonly schema?: string;
}
