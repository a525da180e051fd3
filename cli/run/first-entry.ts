import { Redis } from 'ioredis';
import type { RedisServer } from '../../local/redis';

/** What the private Redis of a run has to say of its workers, for {@link FirstEntry}. */
export const ANNOUNCES_LEASES = ['--notify-keyspace-events', 'Kz'];

const CHANNEL = /^__keyspace@0__:\{(.*)\}:idle$/s;

/** The first worker that registers at a queue of this Redis, however soon it is gone again. */
export class FirstEntry {
  /** The name of its queue. It never rejects. */
  readonly queue: Promise<string>;
  private name: string | undefined;

  static async watch({ url }: RedisServer): Promise<FirstEntry> {
    const client = new Redis(url);
    client.on('error', () => {});
    await client.psubscribe('__keyspace@0__:{*}:idle');
    return new FirstEntry(client);
  }

  private constructor(private readonly client: Redis) {
    this.queue = new Promise((resolve) => {
      client.on('pmessage', (_pattern, channel: string) => {
        const [, name] = CHANNEL.exec(channel) ?? [];
        if (name === undefined) return;
        this.name ??= name;
        resolve(name);
      });
    });
  }

  /** The queue that a worker has entered before this call, if one did. */
  async soFar(): Promise<string | undefined> {
    // Behind whatever was announced before, on the same connection.
    await this.client.psubscribe('__keyspace@0__:none').catch(() => {});
    return this.name;
  }

  close(): void {
    this.client.disconnect();
  }
}
