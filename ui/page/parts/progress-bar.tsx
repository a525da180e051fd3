import type { QueueRow } from '../../api';
import { count, ended, known, percent } from '../text';

/** How much of a queue is done, dead and in hand, as one bar. */
export function ProgressBar({ queue, label }: { queue: QueueRow; label: string }) {
  const all = known(queue);
  const share = (part: number) => ({ width: `${all > 0 ? (100 * part) / all : 0}%` });
  const { done, dead, dropped, running } = queue;
  return (
    <div
      class="bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={all > 0 ? Math.floor((100 * ended(queue)) / all) : 0}
      aria-valuetext={`${percent(ended(queue), all)}: ${count(ended(queue))} of ${count(all)} items have ended`}
    >
      <span class="bar-done" style={share(done)} />
      <span class={dead > 0 ? 'bar-dead some' : 'bar-dead'} style={share(dead)} />
      <span class="bar-dropped" style={share(dropped)} />
      <span class="bar-running" style={share(running)} />
    </div>
  );
}
