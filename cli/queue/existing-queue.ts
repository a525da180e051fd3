import type { WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { closest } from '../../lib/props/closest';
import { CommandError } from '../failures';

/** Names that a message has room for. */
const SHOWN = 10;

/** @throws CommandError there is no such queue; those that there are are named */
export async function requireQueue(queue: WorkQueue<Uint8Array>): Promise<void> {
  if (await queue.exists()) return;
  throw new CommandError(`${await absence(queue)} Nothing was done.`);
}

/** Says that there is no such queue, and which ones there are. */
async function absence(queue: WorkQueue<Uint8Array>): Promise<string> {
  const { name } = queue.queue;
  const names = await queue.otherQueues();
  if (names === undefined) return `There is no queue ${name} in this Redis. Check --queue, --url and the database.`;
  if (names.length === 0)
    return `There is no queue ${name} in this Redis, and no other one. Check --url and the database.`;
  const meant = closest(name, names);
  const shown = names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ' and more' : '');
  return `There is no queue ${name} in this Redis.${meant === undefined ? '' : ` Did you mean ${meant}?`} There is: ${shown}.`;
}
