import type { ServerResponse } from 'node:http';

/** ms between two signs of life, and for which one who takes nothing is kept. */
const BEAT = 15_000;
const SLOW = 60_000;

/**
 * Events to one page. Who takes them slowly gets the newest of each kind, so that nothing piles up; who takes none for a
 * minute is let go.
 */
export class EventStream {
  private readonly pending = new Map<string, string>();
  private readonly beat: NodeJS.Timeout;
  private stuckSince: number | undefined;

  constructor(private readonly response: ServerResponse) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write('retry: 1000\n\n');
    response.on('drain', () => {
      this.stuckSince = undefined;
      this.flush();
    });
    this.beat = setInterval(() => this.signOfLife(), BEAT);
    response.on('close', () => clearInterval(this.beat));
  }

  /** @param json one line of JSON */
  send(event: string, json: string): void {
    this.pending.set(event, json);
    this.flush();
  }

  private flush(): void {
    const { response, pending } = this;
    if (response.writableNeedDrain || response.destroyed) return;
    let text = '';
    for (const [event, json] of pending) text += `event: ${event}\ndata: ${json}\n\n`;
    pending.clear();
    if (text !== '' && !response.write(text)) this.stuckSince = performance.now();
  }

  private signOfLife(): void {
    const { response, stuckSince } = this;
    if (stuckSince !== undefined && performance.now() - stuckSince > SLOW) response.destroy();
    else if (!response.writableNeedDrain) response.write(': still here\n\n');
  }
}
