import { defineQueue } from 'cdk8s-redis-work-queue/queue';
import { z } from 'zod';

export const invoices = defineQueue({
  name: 'invoices',
  schema: z.object({ customer: z.string(), cents: z.int().positive() }),
});

export const reminders = defineQueue({ name: 'reminders' });
