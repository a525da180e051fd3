import { createHash, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { ContenderProcess } from '../harness/contender-process';

/**
 * The algorithm of the walkthrough's rediswq.py: BRPOPLPUSH and SETEX to lease, LREM and DEL to complete, two LLEN to
 * see whether it is empty. It knows no concurrency, so each lane is a client of its own.
 */
const contender = new ContenderProcess();
const { queue, concurrency, redisUrl } = contender.orders;

async function work(): Promise<void> {
  const redis = new Redis(redisUrl);
  const session = randomUUID();
  const processing = `${queue}:processing`;
  for (;;) {
    const [waiting, leased] = [await redis.llen(queue), await redis.llen(processing)];
    if (waiting === 0 && leased === 0) break;
    const payload = await redis.brpoplpush(queue, processing, 2);
    if (payload === null) continue;
    const lease = `${queue}:leased_by_session:${createHash('sha224').update(payload).digest('hex')}`;
    await redis.setex(lease, 10, session);
    await contender.handle(payload);
    await redis.lrem(processing, 0, payload);
    await redis.del(lease);
    contender.itemSettled();
  }
  redis.disconnect();
}

for (let lane = 0; lane < concurrency; lane++) void work();
