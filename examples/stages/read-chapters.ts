import { WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { type Chapter, chapters } from './queues';

/** What the first stage has kept. */
export async function readChapters(): Promise<Chapter[]> {
  const queue = new WorkQueue(chapters);
  try {
    const read: Chapter[] = [];
    for await (const { result } of queue.results<Chapter>()) read.push(result);
    return read;
  } finally {
    await queue.close();
  }
}
