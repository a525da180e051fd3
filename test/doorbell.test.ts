import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../worker/contract';
import { useQueue } from './queue-under-test';

const queue = useQueue();

test('an idle worker listens to the doorbell: no call of it is refused', async () => {
  await queue.fill('wait apple');
  const busy = queue.start();
  await busy.line('wait apple');
  const idle = queue.start();

  // Each ring is heard, and answered with another call.
  let calls = '';
  for (let rings = 0; rings < 3; ) {
    calls = /^cmdstat_blpop:(.*)$/m.exec(await queue.redis.info('commandstats'))?.[1] ?? '';
    if (Number(/calls=(\d+)/.exec(calls)?.[1] ?? 0) > rings) {
      rings++;
      await queue.redis.rpush(queue.keys.wake, '1');
    }
    await sleep(10);
  }
  expect(calls).toMatch(/rejected_calls=0,failed_calls=0/);

  busy.tell('wait apple');
  for (const worker of [busy, idle]) expect(await worker.ended).toMatchObject({ code: EXIT.drained });
});
