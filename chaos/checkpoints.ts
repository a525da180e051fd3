import type { FaultRecord } from './course';
import { type Delivery, type Losses, TAKING_BACK } from './losses';

/** Clocks of processes differ by so many ms. */
const CLOCKS = 50;

/**
 * What is wrong with the checkpoints that the deliveries of an item were given, in the order of their tokens: one of another
 * item, one that was told when somebody else had the item, or none where the attempt before left one.
 */
export function wrongCheckpoints(
  index: number,
  deliveries: readonly Delivery[],
  losses: Losses,
  faults: readonly FaultRecord[],
): string[] {
  const wrong: string[] = [];
  deliveries.forEach(({ resumed, token, startedAt }, place) => {
    if (resumed) {
      const source = deliveries.findIndex((one) => one.token === resumed.token);
      const toldAt = deliveries[source]?.told[resumed.number];
      if (resumed.index !== index || toldAt === undefined || source >= place) {
        wrong.push(
          `item ${index}, token ${token}, was given the checkpoint of item ${resumed.index}, token ${resumed.token}`,
        );
      } else {
        const next = deliveries[source + 1] as Delivery;
        const cut = faults.some(({ kind, from }) => TAKING_BACK.includes(kind) && from <= startedAt);
        if (toldAt > next.startedAt + CLOCKS && next.token !== token && !cut) {
          wrong.push(
            `item ${index}, token ${token}, was given a checkpoint that token ${resumed.token} told after it was taken from it`,
          );
        }
      }
    }
    const before = deliveries[place - 1];
    const left = before?.end?.kind === 'F' && before.told.length > 0;
    if (left && resumed?.token !== before.token && !losses.explain(before, deliveries[place])) {
      wrong.push(`item ${index}, token ${token}, was not given the checkpoint that the failed attempt before left`);
    }
  });
  return wrong;
}
