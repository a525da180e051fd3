import type { Redis } from 'ioredis';
import { queueKeys } from '../../worker/contract';

/** What stands in front of the payload of a dead letter. */
export interface Header {
  readonly error: string;
  /** @default handler */
  readonly reason?: string;
  /** @default 3 */
  readonly attempts?: number;
  /** ms since 1970. @default 0 */
  readonly at?: number;
  readonly [field: string]: unknown;
}

/** A dead letter as workers leave it. */
export function deadLetter(payload: string, header: Header): string {
  return `${JSON.stringify({ reason: 'handler', attempts: 3, at: 0, ...header })}\n${payload}`;
}

/** All there is in a Redis: a sealed queue of twenty items that have ended, these of them as dead letters, by their ids. */
export async function leaveDeadLetters(redis: Redis, queue: string, letters: Record<number, string>): Promise<void> {
  const { dead, meta } = queueKeys(queue);
  const done = 20 - Object.keys(letters).length;
  await redis.flushall();
  await redis.hset(meta, { version: 1, epoch: 'e', clock: 1, wall: 0, claimed: 20, done, sealed: 1, total: 20 });
  await redis.hset(dead, letters);
}
