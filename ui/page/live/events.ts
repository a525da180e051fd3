import { useEffect, useState } from 'preact/hooks';
import type { QueueList, QueueView, Refusal } from '../../api';
import { refusalOf } from './requests';

/** What the server has sent last. */
export interface Live {
  readonly list?: QueueList;
  /** The queue that is shown. */
  readonly queue?: QueueView;
  /** Why there is nothing newer, and since when. */
  readonly away?: { readonly error: string; readonly since: Date };
}

/** ms before a stream that was refused is asked for again. */
const PAUSE = 3_000;

/** Follows the queues of the store, and one of them closely. */
export function useLive(name: string | undefined): Live {
  const [live, setLive] = useState<Live>({});
  useEffect(() => {
    setLive(({ list, away }) => ({ list, away }));
    return follow(name, (news) => setLive((live) => ({ ...live, ...news })));
  }, [name]);
  // What is left of another queue is not shown for a moment under the name of this one.
  return live.queue && live.queue.name !== name ? { ...live, queue: undefined } : live;
}

function follow(name: string | undefined, tell: (news: Live) => void): () => void {
  const path = name === undefined ? '/api/events' : `/api/events?queue=${encodeURIComponent(name)}`;
  let source: EventSource;
  let timer: number | undefined;
  let isAway = false;
  const back = () => {
    isAway = false;
  };
  const gone = (error: string) => {
    if (!isAway) tell({ away: { error, since: new Date() } });
    isAway = true;
  };
  const open = () => {
    source = new EventSource(path);
    source.addEventListener('queues', ({ data }) => {
      back();
      tell({ list: JSON.parse(data) as QueueList, away: undefined });
    });
    source.addEventListener('queue', ({ data }) => {
      back();
      tell({ queue: JSON.parse(data) as QueueView, away: undefined });
    });
    source.addEventListener('away', ({ data }) => gone((JSON.parse(data) as Refusal).error));
    source.onerror = async () => {
      // The browser tries again by itself, unless the server has refused. Why, only a plain request is told.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, PAUSE);
      const error = await refusalOf(path);
      if (error !== undefined && source.readyState !== EventSource.OPEN) gone(error);
    };
  };
  const close = () => {
    clearTimeout(timer);
    source.onerror = null;
    source.close();
  };
  // A browser has six connections to a server: tabs that nobody looks at must not hold them.
  const turned = () => {
    close();
    if (!document.hidden) open();
  };
  open();
  document.addEventListener('visibilitychange', turned);
  return () => {
    document.removeEventListener('visibilitychange', turned);
    close();
  };
}
