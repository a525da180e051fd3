import { type Durations, durationsIn } from '../attempt';
import { queueKeys } from '../contract';
import type { Connection } from '../redis';
import { type QueueStanding, readStanding } from './queue-status';

/** What there is to measure of a queue. */
export interface QueueMeasures {
  /** How it stands, without its workers one by one. */
  readonly standing: QueueStanding;
  /** How long attempts took. */
  readonly durations: Durations;
}

/** Measures a queue, in one round trip that costs the same for any queue. */
export async function readMeasures(connection: Connection, queue: string): Promise<QueueMeasures> {
  const [standing, durations] = await Promise.all([
    readStanding(connection, queue, { peek: 0, workers: 0 }),
    readDurations(connection, queue),
  ]);
  return { standing, durations };
}

/** How long the attempts of a queue took. */
export async function readDurations(connection: Connection, queue: string): Promise<Durations> {
  const hash = (await connection.command('HGETALL', queueKeys(queue).durations)) as string[];
  const counts = new Map<string, number>();
  for (let i = 0; i < hash.length; i += 2) counts.set(hash[i] as string, Number(hash[i + 1]));
  return durationsIn(counts);
}
