import { useState } from 'preact/hooks';
import type { Worker } from '../../api';
import { count, countOf, duration } from '../text';

/** Workers shown before more are asked for. */
const FIRST = 20;

/** The workers, and what is in their hands, a line each. */
export function Crew({ crew, workers }: { readonly crew: readonly Worker[]; readonly workers: number }) {
  const [isWhole, setWhole] = useState(false);
  // By name, so that none jumps when another one takes an item.
  const sorted = [...crew].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const shown = isWhole ? sorted : sorted.slice(0, FIRST);
  const hidden = workers - shown.length;
  return (
    <section class="panel crew" aria-labelledby="workers">
      <h2 id="workers">
        Workers <span class="tag">{count(workers)}</span>
      </h2>
      {shown.length === 0 ? (
        <p class="empty">No worker holds a lease.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Worker</th>
              <th scope="col" class="number wide">
                Holds
              </th>
              <th scope="col">In its hands</th>
              <th scope="col" class="number wide">
                Lease left
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((worker, i) => (
              <Row key={`${worker.name} ${i}`} worker={worker} />
            ))}
          </tbody>
        </table>
      )}
      {hidden > 0 && (
        <p class="more">
          {sorted.length > shown.length ? (
            <button type="button" onClick={() => setWhole(true)}>
              Show {countOf(sorted.length - shown.length, 'more worker')}
            </button>
          ) : (
            `${countOf(hidden, 'more worker')}`
          )}
        </p>
      )}
    </section>
  );
}

function Row({ worker }: { readonly worker: Worker }) {
  const { name, holds, leaseLeft, items, progress } = worker;
  const [told] = progress;
  return (
    <tr>
      <th scope="row" class="cut" title={name}>
        {name}
      </th>
      <td class="number wide">{count(holds)}</td>
      <td class="hands">
        {told && (
          <span class="told">
            <span class="wide">#{told.id}</span>
            <progress value={told.fraction} max={1} aria-label={`Item ${told.id}`} />
            {Math.floor(100 * told.fraction)} % {told.text}
          </span>
        )}
        {!told && items[0] && <code title={items[0].text}>{items[0].text}</code>}
        {holds > 1 && <span class="rest">+{count(holds - 1)}</span>}
      </td>
      <td class="number wide">{leaseLeft > 0 ? duration(Math.round(leaseLeft / 1_000)) : 'lapsed'}</td>
    </tr>
  );
}
