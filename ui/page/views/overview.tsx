import { useMemo } from 'preact/hooks';
import type { QueueView, Sample } from '../../api';
import { Chart } from '../parts';
import { bytes, clock, count, duration, percent, perSecond } from '../text';
import { Crew } from './crew';

export function Overview({ queue }: { readonly queue: QueueView }) {
  // The first is where the others begin: nothing lies before it.
  const history = useMemo(() => queue.history.slice(1), [queue.history]);
  const at = useMemo(() => history.map(([ms]) => ms), [history]);
  const rate = useMemo(
    () => [{ label: 'items', color: '--line-1', values: history.map((sample) => sample[2]), isFilled: true }],
    [history],
  );
  const took = useMemo(
    () => [
      { label: 'p50', color: '--line-1', values: history.map((sample) => sample[3]) },
      { label: 'p95', color: '--line-2', values: history.map((sample) => sample[4]) },
      { label: 'p99', color: '--line-3', values: history.map((sample) => sample[5]) },
    ],
    [history],
  );
  return (
    <>
      <div class="charts">
        <Chart title="Rate" at={at} lines={rate} format={perSecond} summary={rateInWords(history)} />
        <Chart title="Attempt duration" at={at} lines={took} format={duration} summary={tookInWords(history)} />
      </div>
      <div class="beside">
        <Crew crew={queue.crew} workers={queue.workers} />
        <Facts queue={queue} />
      </div>
    </>
  );
}

function rateInWords(history: readonly Sample[]): string {
  const [first, last] = [history[0], history.at(-1)];
  if (!first || !last) return 'nothing sampled yet';
  const highest = history.reduce((most, sample) => Math.max(most, sample[2]), 0);
  return `now ${perSecond(last[2])}, at most ${perSecond(highest)} since ${clock(first[0])}`;
}

function tookInWords(history: readonly Sample[]): string {
  const last = history.findLast((sample) => sample[3] !== null);
  if (!last) return 'nothing sampled yet';
  const [p50, p95, p99] = last.slice(3).map((seconds) => duration(seconds ?? 0));
  return `half take at most ${p50}, 95 % at most ${p95}, 99 % at most ${p99}`;
}

/** What stands still most of the time. Each has its row at all times, so that nothing moves. */
function Facts({ queue }: { readonly queue: QueueView }) {
  const { durations, memory } = queue;
  const attempts = durations.done.count + durations.failed.count;
  const facts: Readonly<Record<string, string>> = {
    Sealed: queue.sealed ? 'yes: nothing more is filled in' : 'not yet: more may be filled in',
    Batch: queue.batch ?? '–',
    'Added by handlers': count(queue.added),
    Attempts: attempts === 0 ? '–' : `${count(attempts)}, of which ${count(durations.failed.count)} failed`,
    'Average duration': durations.done.count === 0 ? '–' : duration(durations.done.sum / durations.done.count),
    Finalizer: queue.finalizer ?? '–',
    'Slowed down': queue.slowedFor > 0 ? `for ${duration(queue.slowedFor / 1_000)}` : 'no',
    'Memory of Redis': memory
      ? `${percent(memory.used, memory.max)}: ${bytes(memory.used)} of ${bytes(memory.max)}`
      : '–',
  };
  return (
    <section class="panel" aria-labelledby="facts">
      <h2 id="facts">Details</h2>
      <dl class="facts">
        {Object.entries(facts).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
