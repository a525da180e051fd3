/** What is written, as long as it is no more than so many bytes. */
export class FirstBytes {
  private readonly chunks: Buffer[] = [];
  private length = 0;

  constructor(private readonly most: number) {}

  write(chunk: Buffer): void {
    this.length += chunk.length;
    if (this.isWhole) this.chunks.push(chunk);
    else this.chunks.length = 0;
  }

  /** Whether nothing was left out. */
  get isWhole(): boolean {
    return this.length <= this.most;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}
