import { defineQueue } from 'cdk8s-redis-work-queue/queue';
import { validateFen } from 'chess.js';
import { z } from 'zod';

/** A position, and how many half-moves to look ahead. A wrong one fails the synthesis, with its place in the list. */
export const positions = defineQueue({
  name: 'positions',
  schema: z.object({
    fen: z.string().refine((fen) => validateFen(fen).ok, 'is no position in Forsyth-Edwards notation'),
    depth: z.int().min(0).max(6),
  }),
});
