import { ContenderProcess } from '../harness/contender-process';
import { payloadOf } from '../harness/items';

/** No queue at all: so many lanes take the next item from memory. */
async function work(): Promise<void> {
  const contender = new ContenderProcess();
  const { concurrency, expected } = contender.orders;
  let next = 0;
  const lane = async () => {
    while (next < expected) await contender.handle(payloadOf(next++));
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

void work();
