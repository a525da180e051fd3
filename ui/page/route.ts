import { useEffect, useState } from 'preact/hooks';

export const TABS = ['overview', 'items', 'dead'] as const;
export type Tab = (typeof TABS)[number];

/** What the address names behind its `#`: the list, or one part of a queue. */
export interface Route {
  readonly queue?: string;
  readonly tab: Tab;
}

/** `#/thumbnails/dead`; anything else is the list. */
export function routeOf(hash: string): Route {
  const [, name = '', part = 'overview'] = hash.split('/');
  const tab = TABS.find((each) => each === part) ?? 'overview';
  try {
    return name === '' ? { tab } : { queue: decodeURIComponent(name), tab };
  } catch {
    return { tab };
  }
}

export function hashOf({ queue, tab }: Route): string {
  if (queue === undefined) return '#/';
  const name = encodeURIComponent(queue);
  return tab === 'overview' ? `#/${name}` : `#/${name}/${tab}`;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return routeOf(hash);
}
