import type { Labels } from '../kubernetes';
import type { RedisStore } from '../store';

/** What a scaler has to know of the workers that it scales. */
export interface ScaleTarget {
  /** Name of the Deployment, and of what scales it. */
  readonly name: string;
  /** Labels of the objects. */
  readonly labels: Labels;
  readonly queueName: string;
  readonly redis: RedisStore;
  /** Items at once in one worker. */
  readonly concurrency: number;
}

/** So many items wait for each item that a worker runs at once, where nobody says how many. */
const ITEMS_PER_LANE = 10;

/** How many waiting items one worker is there for. */
export function itemsFor(itemsPerWorker: number | undefined, { concurrency }: ScaleTarget): number {
  return itemsPerWorker ?? ITEMS_PER_LANE * concurrency;
}

/** The object that is scaled. */
export function scaleTargetRef({ name }: ScaleTarget) {
  return { apiVersion: 'apps/v1', kind: 'Deployment', name };
}
