import { defineQueue, runWorker } from 'cdk8s-redis-work-queue/worker';
import { schema } from './zod-schema.mjs';

const thumbnails = defineQueue({ name: 'thumbnails', schema });

export const items = thumbnails.items([{ url: 'https://example.com/cat.png', width: 200 }]);
runWorker(thumbnails, ({ url, width, tags }) => console.log(url, width, tags.length));
