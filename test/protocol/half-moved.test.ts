import { type RedisCluster, startRedisCluster } from '../../local/redis-cluster';
import { Connection } from '../../worker/redis/connection';
import { SCRIPTS } from '../../worker/scripts';

const QUEUE = 'q';
const LEASE = 1_000;

let cluster: RedisCluster;
let connection: Connection;
let slot: number;
let home: number;

beforeEach(async () => {
  cluster = await startRedisCluster({ nodes: 2 });
  slot = await cluster.slotOf(QUEUE);
  home = await cluster.ownerOf(slot);
  connection = new Connection({ url: cluster.urls[home] as string });
});
afterEach(async () => {
  connection.close();
  await cluster.stop();
});

/** An incarnation that makes one exchange after the other. */
class Worker {
  private number = 0;
  private name = '0';
  epoch = '';

  constructor(readonly id: string) {}

  async enter(lease = LEASE): Promise<this> {
    const entry = [this.id, lease, 'run', '', 0, 2, this.id, '', ''];
    [, this.epoch] = (await connection.run(SCRIPTS.enter, QUEUE, entry)) as [string, string];
    return this;
  }

  async exchange(advance: number, outcomes: object | undefined, want: number, results = ''): Promise<unknown[]> {
    const text = outcomes ? `${JSON.stringify(outcomes)}\n${results}` : '';
    const args = [this.id, ++this.number, this.epoch, advance, text, '', want, Math.max(want, 0), 1_048_576, this.name];
    const answer = (await connection.run(SCRIPTS.exchange, QUEUE, [...args, 1, ''])) as unknown[];
    this.name = String({ work: answer[7], held: answer[1], wait: answer[6] }[String(answer[0])] ?? 0);
    return answer;
  }

  abandon(): Promise<unknown> {
    return connection.run(SCRIPTS.abandon, QUEUE, [this.id, this.epoch, '', this.name]);
  }
}

/** Items that were claimed and are in no place. */
async function nowhere(): Promise<number> {
  const script = `
    local meta = redis.call('HMGET', KEYS[1], 'claimed', 'done')
    local there = redis.call('HLEN', '{q}:waiting') + redis.call('HLEN', '{q}:dead')
    for _, zset in ipairs({'leases', 'idle'}) do
      for _, one in ipairs(redis.call('ZRANGE', '{q}:' .. zset, 0, -1)) do
        there = there + redis.call('LLEN', '{q}:held:' .. one) + redis.call('HLEN', '{q}:running:' .. one)
      end
    end
    return meta[1] - meta[2] - there`;
  return Number(await connection.command('EVAL', script, 1, '{q}:meta'));
}

/** A queue all of whose keys are there: items wait, are suspects, dead, done with a result, moved aside, and held. */
async function everything(): Promise<{ worker: Worker; movedAside: number }> {
  await connection.command('RPUSH', QUEUE, ...Array.from({ length: 40 }, (_, i) => `item ${i}`));
  await (await new Worker('crashed').enter()).exchange(0, undefined, 3);
  const worker = await new Worker('leaving').enter(60 * LEASE);
  const [, , first, segments] = (await worker.exchange(0, undefined, 6)) as [string, string, number, string];
  const id = Number(segments.split(':')[0]);
  // The clock of the queue has to see the lease of the other one end.
  while (Number(await connection.command('ZCARD', '{q}:suspects')) === 0) {
    await new Promise((resolve) => setTimeout(resolve, LEASE / 5));
    await worker.exchange(0, undefined, 0);
  }
  const outcomes = {
    keep: [[id, first]],
    dead: [[id + 1, first + 1, '{"reason":"handler","attempts":1,"at":1,"error":"x"}']],
    results: [[id + 2, first + 2, 2]],
    retry: [[id + 3, first + 3, 3_600_000]],
  };
  await worker.exchange(4, outcomes, 0, '{}');
  await (await new Worker('idle').enter()).exchange(0, undefined, 0);
  await connection.command('RPUSH', '{q}:wake', '1');
  expect(await nowhere()).toBe(0);
  return { worker, movedAside: id };
}

/** What is said where a key of a call is not there: Redis 6.2 asks to look elsewhere for all of them. Both are waited for. */
async function refusal(): Promise<RegExp> {
  const [, major] = /^redis_version:(\d+)/m.exec(String(await connection.command('INFO', 'server'))) ?? [];
  return Number(major) < 7 ? /^ASK \d+ / : /^TRYAGAIN /;
}

/** While the slot moves, no key of it being gone yet. */
async function whileMoving(act: () => Promise<unknown>): Promise<void> {
  await cluster.slotMove(slot, home, 1 - home).begin();
  await expect(act()).rejects.toThrow(await refusal());
  for (const node of [home, 1 - home]) await cluster.command(node, 'CLUSTER', 'SETSLOT', slot, 'STABLE');
}

test('where a slot moves, a script does not begin that would empty a key and could not bring it back', async () => {
  const { worker, movedAside } = await everything();
  await whileMoving(() => worker.exchange(2, { done: [movedAside] }, -1));
  expect(await nowhere()).toBe(0);
  await whileMoving(() => worker.abandon());
  expect(await nowhere()).toBe(0);
});
