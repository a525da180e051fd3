import type { Action, Changed, Refusal, Selection } from '../../api';

/** Asks the server; an error that it answers is thrown with its text. */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  return answerOf<T>(await reach(path, { signal }));
}

/** Changes a queue. */
export async function change(queue: string, action: Action, selection: Selection = {}): Promise<Changed> {
  return answerOf<Changed>(
    await reach(`${pathOf(queue)}/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-rwq': '1' },
      body: JSON.stringify(selection),
    }),
  );
}

/** Why the server refuses this path, or is not there; undefined where it answers. */
export async function refusalOf(path: string): Promise<string | undefined> {
  const stop = new AbortController();
  try {
    const response = await reach(path, { signal: stop.signal });
    if (!response.ok) await answerOf(response);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    stop.abort();
  }
}

export function pathOf(queue: string): string {
  return `/api/queues/${encodeURIComponent(queue)}`;
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Error('rwq ui does not answer. Is it still running?');
  }
}

async function answerOf<T>(response: Response): Promise<T> {
  const answer = (await response.json().catch(() => undefined)) as T | Refusal | undefined;
  if (response.ok && answer !== undefined) return answer as T;
  const error = (answer as Refusal | undefined)?.error;
  throw new Error(error ?? `rwq ui answered ${response.status} ${response.statusText}`);
}
