/** The last bytes of what is written. */
export class LastBytes {
  private bytes: Buffer = Buffer.alloc(0);

  constructor(private readonly most: number) {}

  write(chunk: Buffer): void {
    const all = chunk.length >= this.most ? chunk : Buffer.concat([this.bytes, chunk]);
    this.bytes = Buffer.from(all.subarray(Math.max(0, all.length - this.most)));
  }

  /** As text, without half a character at the start. */
  get text(): string {
    let start = 0;
    while (start < 3 && ((this.bytes[start] ?? 0) & 0xc0) === 0x80) start++;
    return this.bytes.toString('utf8', start);
  }
}
