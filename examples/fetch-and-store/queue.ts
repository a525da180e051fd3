import { defineQueue } from 'cdk8s-redis-work-queue/queue';
import { z } from 'zod';

export const pages = defineQueue({ name: 'pages', schema: z.object({ path: z.string().startsWith('/') }) });
