import { EXIT } from '../worker/contract';
import { expectEnding, useQueue } from './queue-under-test';

const queue = useQueue();
const NAME = 'worker-to-count';
const ENV = { WORK_QUEUE_WORKER: NAME, WORK_QUEUE_LEASE_MS: 4_000, WORK_QUEUE_SETTLE_MS: 600_000 };

/** Resolves when the worker has this many connections; fails if it ever has more than `most`. */
async function untilConnected(what: string, count: number, most: number): Promise<void> {
  const ask = (redis: typeof queue.redis) => redis.client('LIST') as Promise<string>;
  const connections = (list: string) => list.split(` name=${NAME} `).length - 1;
  let highest = 0;
  await queue.until(
    `${count} connections: ${what}`,
    async (redis) => {
      const now = connections(await ask(redis));
      highest = Math.max(highest, now);
      return now;
    },
    (now) => now === count,
  );
  expect([what, highest <= most]).toEqual([what, true]);
}

test('a worker has two connections while all its lanes work, two while it waits, and three only with a lane of each', async () => {
  const worker = queue.start({ ...ENV, WORK_QUEUE_CONCURRENCY: 2 });
  await worker.line('Worker with sessionID');
  await untilConnected('it waits, and has not got an item yet', 2, 2);
  const asked = async () => Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(await queue.redis.info('commandstats'))?.[1]);
  for (const first = await asked(); (await asked()) < first + 2; ) await untilConnected('it asks in vain', 2, 2);

  await queue.push('wait 1', 'wait 2');
  await worker.line(/started .*wait 2/);
  await untilConnected('its lanes work, and nobody listens', 2, 3);
  worker.tell('wait 1');
  await untilConnected('one lane works, the other one waits', 3, 3);
  worker.tell('wait 2');
  await untilConnected('it waits again', 2, 3);

  await queue.push('apple');
  await worker.line(/finished .*apple/);
  await queue.withClient((client) => client.seal());
  await expectEnding(worker, EXIT.drained, 'queue: 3 items, 3 done');
});

test('the lease of what ends a rest is renewed, though its handler never lets the event loop turn', async () => {
  const worker = queue.start({ ...ENV, WORK_QUEUE_LEASE_MS: 1_000 });
  await worker.line('Worker with sessionID');
  await untilConnected('it waits', 2, 2);
  await queue.push('spin 600000');
  await worker.line(/started .*spin/);
  await queue.renewed(2_000);
  worker.kill('SIGKILL');
});
