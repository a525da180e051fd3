import { defineQueue } from 'cdk8s-redis-work-queue/queue';
import { z } from 'zod';

/** Numbers from one to below another. */
export const ranges = defineQueue({
  name: 'ranges',
  schema: z.object({ from: z.int().min(2), to: z.int().min(2) }),
});
