/** What the picture of `rwq status --watch` watches: a worker that only takes its time, and fails now and then. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineQueue, runWorker, UnrecoverableError } from 'cdk8s-redis-work-queue/worker';

runWorker(defineQueue({ name: 'thumbnails' }), async (path, { attempt, signal }) => {
  await sleep(20 + ((path.charCodeAt(path.length - 5) * 37) % 140), undefined, { signal });
  if (/(404|866)\.jpg$/.test(path)) throw new UnrecoverableError('404 Not Found');
  if (attempt === 1 && /0\d7\.jpg$/.test(path)) throw new Error('503 Service Unavailable');
});
