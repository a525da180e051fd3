import { runWorker, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { book, index, longest } from './queues';

runWorker(book, async (title) => {
  const lines: string[] = [];
  for (const queue of [new WorkQueue(longest), new WorkQueue(index)]) {
    const part: string[] = [];
    for await (const { result } of queue.results<string>()) part.push(result);
    lines.push(...part.sort());
    await queue.close();
  }
  console.log([title, ...lines].join(' | '));
});
