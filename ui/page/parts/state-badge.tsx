import type { QueueState } from '../../api';
import { STATES } from '../text';

export function StateBadge({ state }: { state: QueueState }) {
  const { word, means } = STATES[state];
  return (
    <span class={`badge badge-${state}`} title={means}>
      {word}
    </span>
  );
}
