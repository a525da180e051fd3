import { defineQueue } from 'cdk8s-redis-work-queue/queue';
import { z } from 'zod';

export const videos = defineQueue({ name: 'videos', schema: z.object({ url: z.url() }) });
