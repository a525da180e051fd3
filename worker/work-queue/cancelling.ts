import { queueKeys } from '../contract';
import { StoreUnreachableError } from '../errors';
import type { Log } from '../log';
import type { Connection } from '../redis';
import { SCRIPTS } from '../scripts';
import { settleToDisk } from './durability';

/** A Redis that goes back so often while a queue is cancelled is not going to stay. */
const ROUNDS = 10;

/**
 * Cancels a queue, and returns how many items were dropped for it so far, when that is on disk; undefined where nothing was
 * left to cancel.
 *
 * @throws StoreUnreachableError no answer for `patience`, or a Redis that forgets it each time
 */
export async function cancelQueue(
  connection: Connection,
  queue: string,
  patience: number,
  log: Log,
): Promise<number | undefined> {
  const { meta } = queueKeys(queue);
  const ask = (field: string) => connection.insist(() => connection.command('HGET', meta, field));
  for (let round = 1; round <= ROUNDS; round++) {
    const dropped = await dropAll(connection, queue, String((await ask('epoch')) ?? ''));
    if (dropped === undefined) return undefined;
    await settleToDisk(connection, queue, patience, log);
    // A Redis that restarted before it had it on disk may be the one that said so.
    if ((await ask('cancelled')) !== null) return dropped;
  }
  throw new StoreUnreachableError(
    `Redis came back ${ROUNDS} times with less than it had while the queue ${queue} was cancelled, and workers may go on. Look at the disk that holds its append-only file, and cancel it again`,
  );
}

/** Drops what waits, a part of it in each call; undefined where there is no such queue any more, or nothing is left of it. */
async function dropAll(connection: Connection, queue: string, epoch: string): Promise<number | undefined> {
  for (;;) {
    const reply = await connection.insist(() => connection.run(SCRIPTS.cancel, queue, [epoch]));
    const [kind, now, dropped, left] = reply as [kind: string, epoch: string, dropped: string, left: number];
    if (kind === 'over') return undefined;
    if (kind === 'another') {
      // A first copy of this call has begun the record of a bare list.
      if (epoch !== '' || now === '') return undefined;
    } else if (left === 0) return Number(dropped);
    epoch = now;
  }
}
