import { StoreUnreachableError } from '../errors';
import type { Log } from '../log';
import { type Connection, StoreInfo } from '../redis';
import { SCRIPTS } from '../scripts';

/** What Redis says over some time, and then no more; sent again, the same command is answered. */
const PASSING =
  /^(LOADING|MASTERDOWN|READONLY|BUSY|CLUSTERDOWN|OOM|MISCONF|UNKILLABLE|NOREPLICAS|TRYAGAIN)\b|replica instances/;

/** Two rounds of `appendfsync everysec`, in ms. */
const TWO_ROUNDS = 2_000;

/** After so long without the word of the disk, Redis is asked whether it ever syncs, in ms. */
const SLOW = 10_000;

/** A proxy that does not know a command may cut the connection; so often in a row it is no accident. */
const CUTS = 3;

/** How long a replica may take to say that it has what is on the disk of the primary by then, in ms. */
const REPLICA_ACK = 1_000;

type Answer = 'on disk' | 'not yet' | 'nothing on disk' | 'unknown';

/**
 * Returns when what was written to this queue is on disk: by `WAITAOF`, or, where Redis or a proxy does not know it or the
 * user may not call it, after two rounds of `appendfsync everysec`. Where Redis keeps nothing on disk, there is nothing to
 * wait for.
 *
 * Where replicas are in sync, one of them has it as well, on disk where it keeps anything there. One that lags makes nothing
 * fail: it is told.
 *
 * What was written before, on another connection or to a Redis that has restarted meanwhile, may be gone: look afterwards.
 *
 * @param patience how long to wait for a disk that is slow, in ms
 * @throws StoreUnreachableError no answer, or nothing on disk, for `patience`
 */
export async function settleToDisk(connection: Connection, queue: string, patience: number, log: Log): Promise<void> {
  const since = performance.now();
  let cuts = 0;
  let hasReplicas = false;
  let isReplicated = false;
  const ask = async (): Promise<Answer> => {
    // WAITAOF speaks of the writes of its own connection, and an earlier one may have broken.
    await connection.run(SCRIPTS.ring, queue, []);
    // Afterwards: in a cluster, the call before has led to the node that has the queue.
    hasReplicas = (await replicasOf(connection)) > 0;
    try {
      const ms = Math.ceil(hasReplicas ? Math.min(TWO_ROUNDS, connection.deadline * 0.8) : connection.deadline * 0.8);
      const reply = (await connection.command('WAITAOF', 1, hasReplicas ? 1 : 0, ms)) as [number, number];
      const [local, elsewhere] = reply.map(Number) as [number, number];
      isReplicated = elsewhere >= 1;
      return local >= 1 ? 'on disk' : 'not yet';
    } catch (error) {
      const { name, message } = error as Error;
      if (name !== 'ReplyError') {
        if (!/closed|ECONNRESET|EPIPE/.test(message) || ++cuts < CUTS) throw error;
        return 'unknown';
      }
      if (PASSING.test(message)) throw error;
      return /appendonly is disabled/.test(message) ? 'nothing on disk' : 'unknown';
    }
  };
  const settled = async () => {
    if (!hasReplicas || isReplicated || (await reachesReplica(connection))) return;
    log.warn(
      `no replica of this Redis has confirmed what was written to the queue ${queue}: a failover now could lose it, and the Job would fail with "data lost"`,
    );
  };
  for (;;) {
    const answer = await connection.insist(ask);
    if (answer === 'on disk' || answer === 'nothing on disk') return settled();
    if (answer === 'unknown') break;
    const waited = performance.now() - since;
    if (waited >= SLOW && (await neverSyncs(connection))) break;
    if (waited >= Math.max(patience, SLOW)) {
      throw new StoreUnreachableError(
        `what was written is in Redis, but not on its disk after ${Math.round(waited / 1_000)} s; look at the disk that holds its append-only file, and try again`,
      );
    }
  }
  const info = await connection.command('INFO').then(String, () => '');
  const rounds = /^aof_enabled:0/m.test(info) ? 0 : TWO_ROUNDS;
  // The disk has its time while the replicas are asked.
  await Promise.all([settled(), new Promise((resolve) => setTimeout(resolve, rounds))]);
}

/** How many replicas are in sync; 0 where nobody says. */
async function replicasOf(connection: Connection): Promise<number> {
  try {
    return new StoreInfo(String(await connection.command('INFO', 'replication'))).replicas;
  } catch (error) {
    if ((error as Error).name === 'ReplyError') return 0;
    throw error;
  }
}

/** Whether a replica has what this connection has written; taken for granted where nobody may ask, and not where no answer came. */
async function reachesReplica(connection: Connection): Promise<boolean> {
  const ms = Math.ceil(Math.min(REPLICA_ACK, connection.deadline * 0.8));
  const replicas = await connection.command('WAIT', 1, ms).catch(({ name }: Error) => (name === 'ReplyError' ? 1 : 0));
  return Number(replicas) >= 1;
}

/** With `appendfsync no` the system syncs when it likes, and Redis never hears of it. */
async function neverSyncs(connection: Connection): Promise<boolean> {
  const answer = await connection.command('CONFIG', 'GET', 'appendfsync').catch(() => undefined);
  return Array.isArray(answer) && answer[1] === 'no';
}
