/** Room for so many bytes. Who finds none waits for those that came before. */
export class Room {
  private readonly waiting: { readonly bytes: number; readonly begin: () => void }[] = [];

  constructor(private left: number) {}

  /** Resolves when there is room, with what gives it back. */
  take(bytes: number): Promise<() => void> {
    return new Promise((resolve) => {
      let given = false;
      const release = () => {
        if (given) return;
        given = true;
        this.left += bytes;
        this.next();
      };
      this.waiting.push({ bytes, begin: () => resolve(release) });
      this.next();
    });
  }

  private next(): void {
    for (let [first] = this.waiting; first && first.bytes <= this.left; [first] = this.waiting) {
      this.waiting.shift();
      this.left -= first.bytes;
      first.begin();
    }
  }
}
