import { useEffect, useState } from 'preact/hooks';
import { ask } from './requests';

export interface Answer<T> {
  /** The last one that came, also while the next is awaited. */
  readonly value?: T;
  readonly error?: string;
  readonly at?: Date;
  readonly isLoading: boolean;
}

/** Asks once for each path and version; undefined asks nothing. */
export function useAnswer<T>(path: string | undefined, version: unknown = 0): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T> & { readonly path?: string }>({ isLoading: true });
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    setAnswer((before) => (before.path === path ? { ...before, isLoading: true } : { path, isLoading: true }));
    ask<T>(path, stop.signal).then(
      (value) => setAnswer({ path, value, at: new Date(), isLoading: false }),
      (error: Error) => {
        if (!stop.signal.aborted) setAnswer((before) => ({ ...before, error: error.message, isLoading: false }));
      },
    );
    return () => stop.abort();
  }, [path, version]);
  return answer.path === path ? answer : { isLoading: true };
}
