import { defineQueue } from 'cdk8s-redis-work-queue/queue';

/** An item is a page of the site: its path, with the query. */
export const pages = defineQueue({ name: 'pages' });

/** What a page enters the queue by, once. */
export const keyOf = (path: string) => path;
