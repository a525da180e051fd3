import { defineQueue } from 'cdk8s-redis-work-queue/queue';
import { z } from 'zod';

/** The products whose prices are to be worked out anew: a queue of its own for each day, so that days never mix. */
export const pricesOf = (day: string) =>
  defineQueue({ name: `prices-${day}`, schema: z.object({ product: z.string(), cents: z.int().nonnegative() }) });
