import { Redis } from 'ioredis';
import { ContenderProcess } from '../harness/contender-process';

/** Items that our claim takes at most (worker/drain/drain.ts). */
const BATCH = 512;

/** The ceiling: LPOP with a count, in a loop. No lease, nothing settled; whatever crashes loses its items. */
async function work(): Promise<void> {
  const contender = new ContenderProcess();
  const { queue, redisUrl } = contender.orders;
  const redis = new Redis(redisUrl);
  for (;;) {
    const batch = await redis.lpop(queue, BATCH);
    if (batch === null) break;
    for (const payload of batch) contender.handle(payload);
  }
  redis.disconnect();
}

void work();
