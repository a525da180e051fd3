import { defineQueue } from 'cdk8s-redis-work-queue/queue';
import { z } from 'zod';

/** The first stage: each chapter is read once. */
export const chapters = defineQueue({
  name: 'chapters',
  schema: z.object({ title: z.string(), text: z.string() }),
});

/** What a chapter comes to, as it is kept. */
export interface Chapter {
  readonly title: string;
  readonly words: readonly string[];
}

/** Made from the first stage: an entry for each word, with the chapters that have it. */
export const index = defineQueue({
  name: 'index',
  schema: z.object({ word: z.string(), titles: z.array(z.string()) }),
});

/** Made from the first stage as well: the longest word of each chapter. */
export const longest = defineQueue({
  name: 'longest',
  schema: z.object({ title: z.string(), words: z.array(z.string()) }),
});

/** The last stage, after both. */
export const book = defineQueue({ name: 'book' });
