import type { ItemContext } from 'cdk8s-redis-work-queue/worker';

export interface Report {
  readonly name: string;
}

/** Renders a report and stores it, unless a later delivery has stored it meanwhile. */
export const storeReport =
  (bucket: string, render: (report: Report, signal: AbortSignal) => Promise<string>) =>
  async (report: Report, { token, signal }: ItemContext) => {
    const url = `${bucket}/${report.name}`;
    const body = await render(report, signal);
    for (;;) {
      const stored = await fetch(url, { method: 'HEAD', signal });
      if (!stored.ok && stored.status !== 404) throw new Error(`HEAD ${url}: ${stored.status}`);
      const other = stored.ok ? (stored.headers.get('x-amz-meta-token') ?? '') : '';
      if (other === token) return; // Stored by this delivery; the answer was lost.
      if (other > token) throw new Error(`${url} was stored by a later delivery than ${token}`);

      // The store compares and writes in one step.
      const condition: Record<string, string> = stored.ok
        ? { 'if-match': stored.headers.get('etag') ?? '' }
        : { 'if-none-match': '*' };
      const headers = { ...condition, 'x-amz-meta-token': token };
      const written = await fetch(url, { method: 'PUT', body, headers, signal });
      if (written.ok) return;
      // 412: somebody else wrote in between. 404, 409: it was deleted, or is being written. Look again.
      if (![404, 409, 412].includes(written.status)) throw new Error(`PUT ${url}: ${written.status}`);
    }
  };
