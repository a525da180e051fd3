import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { QueueList } from '../api';
import { Live } from './live';
import type { StoreWatch, Watcher } from './store-watch';

/** What a page is told in each round of looks: the names of the events. */
function page() {
  let watcher: Watcher | undefined;
  const known = { view: { name: 'q', done: 0, history: [0] } };
  let list: Partial<QueueList> = { queues: [] };
  const watch = {
    watch: (each: Watcher) => {
      watcher = each;
      return () => undefined;
    },
    known: () => known,
    at: async () => known,
  };
  let text = '';
  const response = Object.assign(new EventEmitter(), {
    writeHead: () => undefined,
    write: (chunk: string) => {
      text += chunk;
      return true;
    },
  });
  const live = new Live(watch as unknown as StoreWatch, () => list as QueueList);
  live.join(response as unknown as ServerResponse, 'q');
  return {
    known,
    setList: (other: Partial<QueueList>) => {
      list = other;
    },
    round: (act = (watcher: Watcher) => watcher.seen()) => {
      text = '';
      jest.advanceTimersByTime(1_000);
      act(watcher as Watcher);
      return [...text.matchAll(/^event: (.*)$/gm)].map(([, event]) => event);
    },
  };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('what changes is told at once, what does not every five seconds', () => {
  const { round, known, setList } = page();
  expect(round()).toEqual(['queues', 'queue']);
  for (let second = 1; second < 5; second++) expect(round()).toEqual([]);
  expect(round()).toEqual(['queues', 'queue']);
  // The history goes on by itself, which is no change.
  known.view = { name: 'q', done: 0, history: [0, 1] };
  expect(round()).toEqual([]);
  known.view = { name: 'q', done: 1, history: [0, 1] };
  expect(round()).toEqual(['queue']);
  setList({ queues: [], writable: true });
  expect(round()).toEqual(['queues']);
});

test('after Redis was away, all is told again, whether it changed or not', () => {
  const { round } = page();
  const away = (error: string) => round((watcher) => watcher.away(new Error(error)));
  round();
  expect(away('no answer')).toEqual(['away']);
  expect(round()).toEqual(['queues', 'queue']);
  expect(away('no answer')).toEqual(['away']);
});
