import { z } from 'zod';

export const schema = z.object({ url: z.url(), width: z.int(), tags: z.array(z.string()).default([]) });
