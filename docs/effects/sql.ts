import type { ItemContext } from 'cdk8s-redis-work-queue/worker';
import type { Database } from './database';

export interface Payout {
  readonly id: string;
  readonly account: string;
}

/** Works out an amount, which takes a while, and adds it to an account, once. */
export const payOut =
  (db: Database, amountOf: (payout: Payout, signal: AbortSignal) => Promise<number>) =>
  async (payout: Payout, { token, signal }: ItemContext) => {
    // Take the row, unless a later delivery has it.
    const taken = await db.transaction((query) =>
      query(
        `INSERT INTO payouts (id, token, done) VALUES ($1, $2, FALSE)
         ON CONFLICT (id) DO UPDATE SET token = excluded.token WHERE payouts.token < excluded.token
         RETURNING done`,
        [payout.id, token],
      ),
    );
    const [row] = taken.rows;
    if (!row) throw new Error(`payout ${payout.id} was taken by a later delivery than ${token}`);
    if (row.done) return;

    const cents = await amountOf(payout, signal);

    // The effect and its record are one transaction, which only the delivery that holds the row can commit.
    await db.transaction(async (query) => {
      const finished = await query(
        'UPDATE payouts SET done = TRUE WHERE id = $1 AND token = $2 AND NOT done RETURNING id',
        [payout.id, token],
      );
      if (finished.rows.length === 0)
        throw new Error(`payout ${payout.id} was taken by a later delivery than ${token}`);
      await query('UPDATE accounts SET cents = cents + $1 WHERE id = $2', [cents, payout.account]);
    });
  };
