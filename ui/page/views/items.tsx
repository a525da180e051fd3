import { useEffect, useState } from 'preact/hooks';
import type { Item, ItemList, QueueView } from '../../api';
import { pathOf, useAnswer } from '../live';
import { Payload } from '../parts';
import { bytes, clock, count, duration } from '../text';

const STATES = ['waiting', 'running', 'retrying'] as const;
const LIMIT = 100;
/** ms after the last key before what was typed is searched for. */
const PAUSE = 300;

/** Items as they were at one moment: a list that moved while it is read would be of no use. */
export function Items({ queue }: { readonly queue: QueueView }) {
  const [state, setState] = useState<string>('');
  const [typed, setTyped] = useState('');
  const [search, setSearch] = useState('');
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  const query = new URLSearchParams({ limit: String(LIMIT), ...(state && { state }), ...(search && { search }) });
  const { value, error, at, isLoading } = useAnswer<ItemList>(`${pathOf(queue.name)}/items?${query}`, version);
  return (
    <section class="panel" aria-labelledby="items">
      <h2 id="items">Items that have not ended</h2>
      <div class="filters">
        <label>
          State
          <select value={state} onChange={({ currentTarget }) => setState(currentTarget.value)}>
            <option value="">any</option>
            {STATES.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
        <label class="search">
          Search
          <input
            type="search"
            value={typed}
            placeholder="text in the payload"
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
        <span class="as-of">{at && `as of ${clock(at)}`}</span>
        <button type="button" disabled={isLoading} onClick={() => setVersion(version + 1)}>
          Refresh
        </button>
      </div>
      <div class="list" aria-busy={isLoading}>
        {error !== undefined && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        {value?.items.length === 0 && (
          <p class="empty">{search || state ? 'No item is like that.' : 'No item waits, runs or is retried.'}</p>
        )}
        {value && value.items.length > 0 && <Table items={value.items} />}
        {value?.more && <p class="more">These are the first {count(value.items.length)}. A search finds others.</p>}
      </div>
    </section>
  );
}

function Table({ items }: { readonly items: readonly Item[] }) {
  return (
    <table class="items">
      <thead>
        <tr>
          <th scope="col" class="number">
            Id
          </th>
          <th scope="col">State</th>
          <th scope="col">Payload</th>
          <th scope="col" class="number wide">
            Size
          </th>
          <th scope="col" class="number wide">
            Attempts
          </th>
          <th scope="col" class="wide">
            Worker
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item, i) => (
          <tr key={item.id ?? `place ${i}`}>
            <td class="number">{item.id ?? '–'}</td>
            <td>
              {item.state}
              {item.dueIn !== null && item.dueIn > 0 && <span class="muted"> in {duration(item.dueIn / 1_000)}</span>}
            </td>
            <td class="cut">
              <Payload text={item.text} binary={item.binary} />
            </td>
            <td class="number wide">{bytes(item.bytes)}</td>
            <td class="number wide">{count(item.attempts)}</td>
            <td class="wide cut">{item.worker ?? '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
