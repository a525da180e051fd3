import { runFiller } from 'cdk8s-redis-work-queue/worker';
import { index } from './queues';
import { readChapters } from './read-chapters';

runFiller(index, async () => {
  const titles = new Map<string, string[]>();
  for (const { title, words } of await readChapters()) {
    for (const word of words) titles.set(word, [...(titles.get(word) ?? []), title]);
  }
  return [...titles].sort().map(([word, of]) => ({ word, titles: of.sort() }));
});
