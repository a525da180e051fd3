/** Which items a process was given: one bit each, set by the payload that the handler saw. */
export class Delivery {
  handled = 0;
  /** Items that came a second time. */
  repeated = 0;
  readonly bits: Uint8Array;

  constructor(readonly items: number) {
    this.bits = new Uint8Array(Math.ceil(items / 8));
  }

  see(item: number): void {
    this.handled++;
    const byte = item >> 3;
    const bit = 1 << (item & 7);
    if (((this.bits[byte] as number) & bit) !== 0) this.repeated++;
    (this.bits[byte] as number) |= bit;
  }

  /** What another process was given. */
  add(other: { readonly handled: number; readonly repeated: number; readonly bits: Uint8Array }): void {
    this.handled += other.handled;
    this.repeated += other.repeated;
    for (let i = 0; i < this.bits.length; i++) {
      const both = (this.bits[i] as number) & (other.bits[i] as number);
      if (both !== 0) this.repeated += ones(both);
      (this.bits[i] as number) |= other.bits[i] as number;
    }
  }

  /** @throws Error unless every item was given to exactly one handler exactly once */
  assertExact(who: string): void {
    let seen = 0;
    for (const byte of this.bits) seen += ones(byte);
    if (seen === this.items && this.handled === this.items && this.repeated === 0) return;
    throw new Error(
      `${who}: of ${this.items} items ${seen} were delivered, in ${this.handled} deliveries, ${this.repeated} of them repeated; this run counts for nothing`,
    );
  }
}

function ones(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}
