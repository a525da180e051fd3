import type { QueueList, QueueRow } from '../../api';
import { ProgressBar, StateBadge } from '../parts';
import { hashOf } from '../route';
import { count, ended, known, percent } from '../text';

/** All queues of the store. */
export function Queues({ list }: { list: QueueList }) {
  const rows = [...list.queues].sort((a, b) => (a.name < b.name ? -1 : 1));
  return (
    <section aria-labelledby="queues">
      <h1 id="queues">Queues</h1>
      {rows.length === 0 ? (
        <p class="empty">
          This Redis has no queue yet. <code>rwq fill</code> makes one, as does the first Job of a chart.
        </p>
      ) : (
        <div class="panel">
          <table class="queues">
            <thead>
              <tr>
                <th scope="col">Queue</th>
                <th scope="col">State</th>
                <th scope="col">Progress</th>
                <th scope="col" class="number wide">
                  Waiting
                </th>
                <th scope="col" class="number wide">
                  Running
                </th>
                <th scope="col" class="number wide">
                  Retrying
                </th>
                <th scope="col" class="number wide">
                  Done
                </th>
                <th scope="col" class="number">
                  Dead
                </th>
                <th scope="col" class="number wide">
                  Workers
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.name} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ row }: { row: QueueRow }) {
  return (
    <tr>
      <th scope="row">
        <a href={hashOf({ queue: row.name, tab: 'overview' })}>{row.name}</a>
      </th>
      <td>
        <StateBadge state={row.state} />
      </td>
      <td class="progress">
        <span class="figure">{percent(ended(row), known(row))}</span>
        <ProgressBar queue={row} label={`Progress of ${row.name}`} />
      </td>
      <td class="number wide">{count(row.waiting)}</td>
      <td class="number wide">{count(row.running)}</td>
      <td class="number wide">{count(row.retrying)}</td>
      <td class="number wide">{count(row.done)}</td>
      <td class={row.dead > 0 ? 'number bad' : 'number'}>{count(row.dead)}</td>
      <td class="number wide">{count(row.workers)}</td>
    </tr>
  );
}
