import type { ItemContext } from 'cdk8s-redis-work-queue/worker';
import type { Database } from './database';

export interface Order {
  readonly id: string;
  readonly mail: string;
}

/** Books an order and notes the mail to send, in one transaction. */
export const bookOrder = (db: Database) => (order: Order) =>
  db.transaction(async (query) => {
    const booked = await query('INSERT INTO orders (id) VALUES ($1) ON CONFLICT (id) DO NOTHING RETURNING id', [
      order.id,
    ]);
    if (booked.rows.length === 0) return; // An earlier attempt has booked it.
    await query("INSERT INTO outbox (id, body, token, sent) VALUES ($1, $2, '', FALSE)", [order.id, order.mail]);
  });

/** Sends a message of the outbox. The receiver gets the id as its idempotency key. */
export const sendMessage =
  (db: Database, send: (key: string, body: string, signal: AbortSignal) => Promise<void>) =>
  async (id: string, { token, signal }: ItemContext) => {
    // Take the message, unless a later delivery has it.
    const taken = await db.transaction((query) =>
      query('UPDATE outbox SET token = $2 WHERE id = $1 AND token < $2 RETURNING body, sent', [id, token]),
    );
    const [message] = taken.rows;
    if (!message) throw new Error(`message ${id} is not there, or was taken by a later delivery than ${token}`);
    if (message.sent) return;

    await send(id, String(message.body), signal);
    await db.transaction((query) => query('UPDATE outbox SET sent = TRUE WHERE id = $1 AND token = $2', [id, token]));
  };
